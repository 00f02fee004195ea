package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const (
	dbUser     = "lzdbuser"
	dbPassword = "LZPW-database-6127"
	oldUser    = "lzolduser"
	redisPass  = "LZPW-cache-9034"
)

// database is the stores behind the applications.
func database(l *Lab) error {
	if err := l.build("router", "risdb", "labdb", "cache", "mssql", "oracle", "ris", "portal", "admin1"); err != nil {
		return err
	}
	for kind, all := range map[string][]string{"user": {dbUser, oldUser, "lzorauser"}, "secret": {dbPassword, redisPass, wrongPassword}} {
		for _, v := range all {
			l.canary(kind, v)
		}
	}
	l.canary("patient-name", "ZZCANARY^KILO")
	l.canary("patient-id", "LZCAN-000171")
	if err := l.makeCerts("risdb", "labdb"); err != nil {
		return err
	}
	for _, start := range []func() error{l.startPostgres, l.startMaria, l.startRedis, l.startScripted} {
		if err := start(); err != nil {
			return err
		}
	}
	if err := l.record(); err != nil {
		return err
	}
	for _, play := range []func() error{l.askPostgres, l.askMaria, l.askRedis, l.askScripted} {
		if err := play(); err != nil {
			return err
		}
	}
	return nil
}

// owned gives a directory with keys of a host to a daemon's user.
func (l *Lab) owned(user, host string, names ...string) error {
	for _, n := range names {
		if err := os.MkdirAll(filepath.Join(l.dir, n), 0o700); err != nil {
			return err
		}
		if _, err := l.must(nil, "chown", "-R", user, filepath.Join(l.dir, n)); err != nil {
			return err
		}
	}
	_, err := l.must(nil, "install", "-o", user, "-m", "600", filepath.Join(l.dir, host+".key"), filepath.Join(l.dir, host+".own.key"))
	return err
}

// startPostgres is the RIS's database: passwords by SCRAM, by MD5, and in
// clear for an old client.
func (l *Lab) startPostgres() error {
	h := l.hosts["risdb"]
	in := func(name string) string { return filepath.Join(l.dir, name) }
	if err := l.owned("postgres", "risdb", "pg", "pgsock"); err != nil {
		return err
	}
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(bins) == 0 {
		return fmt.Errorf("no PostgreSQL below /usr/lib/postgresql: %v", err)
	}
	as := func(argv ...string) []string {
		return append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"}, argv...)
	}
	initdb := as(filepath.Join(bins[0], "initdb"), "-D", in("pg"), "-A", "trust", "-N", "--locale=C")
	if _, err := l.must(h, initdb[0], initdb[1:]...); err != nil {
		return err
	}
	hba := fmt.Sprintf("local all all trust\nhost all %s all password\nhost all lzmd5user all md5\nhost all all all scram-sha-256\n", oldUser)
	if err := os.WriteFile(in("pg/pg_hba.conf"), []byte(hba), 0o644); err != nil {
		return err
	}
	l.canary("user", "lzmd5user")
	argv := as(filepath.Join(bins[0], "postgres"), "-D", in("pg"), "-k", in("pgsock"), "-c", "listen_addresses=0.0.0.0", "-c", "ssl=on",
		"-c", "ssl_cert_file="+in("risdb.crt"), "-c", "ssl_key_file="+in("risdb.own.key"), "-c", "shared_buffers=1MB", "-c", "fsync=off", "-c", "max_connections=12")
	if _, err := l.serve(h, "postgres", 5432, argv...); err != nil {
		return err
	}
	sql := fmt.Sprintf(`CREATE ROLE %s LOGIN PASSWORD '%s'; CREATE ROLE %s LOGIN PASSWORD '%s';
SET password_encryption='md5'; CREATE ROLE lzmd5user LOGIN PASSWORD '%s';
CREATE TABLE patient (id text, name text); INSERT INTO patient VALUES ('LZCAN-000171','ZZCANARY^KILO'); GRANT SELECT ON patient TO PUBLIC`,
		dbUser, dbPassword, oldUser, dbPassword, dbPassword)
	argv = as("psql", "-q", "-h", in("pgsock"), "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", sql)
	if _, err := l.must(h, argv[0], argv[1:]...); err != nil {
		return err
	}
	argv = as("psql", "-h", in("pgsock"), "-d", "postgres", "-tAc", "SHOW server_version")
	version, err := l.must(h, argv[0], argv[1:]...)
	if err != nil {
		return err
	}
	h.offers("postgresql", "tcp", 5432, lastLine(version))
	h.system("Linux", "Debian")
	h.is("database")
	h.has("takes database passwords in clear")
	return nil
}

// askPostgres logs in in every manner, and once in vain.
func (l *Lab) askPostgres() error {
	ask := func(from, detail, user, password, mode string, exit int) errand {
		return errand{from: from, to: "risdb", port: 5432, service: "postgresql", detail: detail, exit: exit,
			argv: []string{"env", "PGPASSWORD=" + password, "PGCONNECT_TIMEOUT=5", "psql", "-X", "-h", l.hosts["risdb"].IP, "-U", user, "-d", "dbname=postgres sslmode=" + mode,
				"-tAc", "SELECT id, name FROM patient"}}
	}
	all := []errand{
		ask("ris", "SCRAM-SHA-256, in clear", dbUser, dbPassword, "disable", 0),
		ask("ris", "SCRAM-SHA-256, TLS", dbUser, dbPassword, "require", 0),
		ask("portal", "MD5, in clear", "lzmd5user", dbPassword, "disable", 0),
		ask("portal", "password in clear", oldUser, dbPassword, "disable", 0),
		ask("admin1", "SCRAM-SHA-256, in clear, wrong password", dbUser, wrongPassword, "disable", 2),
		ask("admin1", "TLS first, then in clear, wrong password", oldUser, wrongPassword, "prefer", 2),
	}
	for i := range all {
		if all[i].exit == 0 {
			all[i].says = "LZCAN-000171"
		}
	}
	return l.errands(all...)
}

// startMaria is the laboratory's database.
func (l *Lab) startMaria() error {
	h := l.hosts["labdb"]
	in := func(name string) string { return filepath.Join(l.dir, name) }
	if err := l.owned("mysql", "labdb", "maria"); err != nil {
		return err
	}
	if _, err := l.must(h, "mariadb-install-db", "--no-defaults", "--user=mysql", "--datadir="+in("maria"), "--auth-root-authentication-method=normal", "--skip-test-db"); err != nil {
		return err
	}
	start, err := l.file("maria.sql", fmt.Sprintf("CREATE USER %s@'%%' IDENTIFIED BY '%s';\nCREATE DATABASE lab;\nCREATE TABLE lab.patient (id text, name text);\nINSERT INTO lab.patient VALUES ('LZCAN-000171','ZZCANARY^KILO');\nGRANT SELECT ON lab.* TO %s@'%%';\n", dbUser, dbPassword, dbUser))
	if err != nil {
		return err
	}
	p, err := l.serve(h, "mariadbd", 3306, "mariadbd", "--no-defaults", "--user=mysql", "--datadir="+in("maria"), "--socket="+in("maria/s"), "--pid-file="+in("maria/p"),
		"--bind-address=0.0.0.0", "--port=3306", "--skip-name-resolve", "--innodb-buffer-pool-size=8M", "--init-file="+start,
		"--ssl-cert="+in("labdb.crt"), "--ssl-key="+in("labdb.own.key"), "--ssl-ca="+in("ca.crt"))
	if err != nil {
		return err
	}
	if err := p.waitLog("ready for connections", 1); err != nil {
		return err
	}
	version, err := l.must(h, "mariadb", "--no-defaults", "--socket="+in("maria/s"), "-u", "root", "-Ne", "SELECT VERSION()")
	if err != nil {
		return err
	}
	h.offers("mysql", "tcp", 3306, "5.5.5-"+lastLine(version)) // the prefix is for old replicas
	h.system("Linux", "Debian")
	h.is("database")
	return nil
}

// askMaria asks with and without TLS, and once with a wrong password.
func (l *Lab) askMaria() error {
	ask := func(from, detail, password string, exit int, says string, more ...string) errand {
		argv := []string{"mariadb", "--no-defaults", "-h", l.hosts["labdb"].IP, "-u", dbUser, "-p" + password, "-Ne", "SELECT id, name FROM lab.patient"}
		return errand{from: from, to: "labdb", port: 3306, service: "mysql", detail: detail, exit: exit, says: says, argv: append(argv, more...)}
	}
	return l.errands(
		ask("ris", "native password, in clear", dbPassword, 0, "LZCAN-000171", "--skip-ssl"),
		ask("ris", "native password, TLS", dbPassword, 0, "LZCAN-000171", "--ssl", "--ssl-ca="+filepath.Join(l.dir, "ca.crt")),
		ask("admin1", "native password, wrong", wrongPassword, 1, "1045", "--skip-ssl"),
	)
}

// startRedis is the portal's cache, with and without a password.
func (l *Lab) startRedis() error {
	h := l.hosts["cache"]
	for port, more := range map[int][]string{6379: {"--requirepass", redisPass}, 6380: {"--protected-mode", "no"}} {
		argv := append([]string{"redis-server", "--port", fmt.Sprint(port), "--bind", "0.0.0.0", "--save", "", "--dir", l.dir}, more...)
		if _, err := l.serve(h, fmt.Sprintf("redis-%d", port), port, argv...); err != nil {
			return err
		}
	}
	h.offers("redis", "tcp", 6379, "")
	h.offers("redis", "tcp", 6380, "7.0.15")
	h.system("Linux", "Linux") // in the answer to INFO
	h.is("database")
	h.has("takes database passwords in clear", "lets into a database without login")
	return nil
}

func (l *Lab) askRedis() error {
	ask := func(from string, port int, detail, says string, argv ...string) errand {
		base := []string{"redis-cli", "--no-auth-warning", "-h", l.hosts["cache"].IP, "-p", fmt.Sprint(port)}
		return errand{from: from, to: "cache", port: port, service: "redis", detail: detail, exit: -1, says: says, argv: append(base, argv...)}
	}
	return l.errands(
		ask("portal", 6379, "AUTH, granted, SET", "OK", "-a", redisPass, "SET", "session:LZCAN-000171", "ZZCANARY^KILO"),
		ask("portal", 6379, "AUTH, granted, GET", "ZZCANARY", "-a", redisPass, "GET", "session:LZCAN-000171"),
		ask("admin1", 6379, "AUTH, wrong password", "NOAUTH", "-a", wrongPassword, "PING"),
		ask("admin1", 6379, "no AUTH", "NOAUTH", "GET", "session:LZCAN-000171"),
		ask("admin1", 6380, "no AUTH, INFO", "redis_version", "INFO", "server"),
		ask("admin1", 6380, "RESP3, no AUTH", "PONG", "-3", "PING"),
	)
}

// startScripted are the two that Debian has no server of.
func (l *Lab) startScripted() error {
	h := l.hosts["mssql"]
	if _, err := l.serve(h, "tds", 1433, "node", filepath.Join(l.peers, "tds.js"), "1433", "RADSQL01", dbPassword); err != nil {
		return err
	}
	h.offers("tds", "tcp", 1433, "15.0.2000")
	h.is("database")
	h.called("RADSQL01", "database")
	o := l.hosts["oracle"]
	if _, err := l.serve(o, "tns", 1521, "node", filepath.Join(l.peers, "tns.js"), "listen", "1521"); err != nil {
		return err
	}
	o.offers("tns", "tcp", 1521, "TNSLSNR for Linux: Version 19.0.0.0.0 - Production")
	o.is("database")
	o.system("Linux", "TNSLSNR for Linux")
	return nil
}

func (l *Lab) askScripted() error {
	tds := func(detail, password, says string, exit int) errand {
		return errand{from: "ris", to: "mssql", port: 1433, service: "tds", detail: detail, exit: exit, says: says,
			argv: []string{"sh", "-c", fmt.Sprintf("printf 'SELECT 1\\ngo\\nexit\\n' | env TDSVER=7.4 tsql -H %s -p 1433 -U %s -P %s", l.hosts["mssql"].IP, dbUser, password)}}
	}
	l.hosts["mssql"].has("takes database passwords in clear")
	return l.errands(
		tds("PRELOGIN, LOGIN7, granted, batch; server scripted", dbPassword, "", 0),
		tds("PRELOGIN, LOGIN7, refused; server scripted", wrongPassword, "Login failed", 1),
		errand{from: "ris", to: "oracle", port: 1521, service: "tns", detail: "version, unknown service, session; both sides scripted", says: "refused",
			argv: []string{"node", filepath.Join(l.peers, "tns.js"), "ask", l.hosts["oracle"].IP, "1521", "ris", "lzorauser"}},
	)
}
