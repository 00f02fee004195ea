package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const ldapSuffix = "dc=lazarus,dc=example"

// ldapPassword opens the directory to a viewer.
const ldapPassword = "LZPW-directory-4410"

// startLDAP runs slapd with a handful of invented people.
func (l *Lab) startLDAP() error {
	h := l.hosts["ldap"]
	in := func(name string) string { return filepath.Join(l.dir, name) }
	if err := os.MkdirAll(in("ldapdb"), dirMode); err != nil {
		return err
	}
	ldif := "dn: " + ldapSuffix + "\nobjectClass: dcObject\nobjectClass: organization\ndc: lazarus\no: St Lazarus General Hospital\n"
	for i, name := range []string{"Alpha", "Bravo"} {
		ldif += fmt.Sprintf("\ndn: uid=lzperson%d,%s\nobjectClass: inetOrgPerson\nuid: lzperson%d\ncn: ZZDOCTOR %s\nsn: ZZDOCTOR\nmail: zzdoctor%d@lazarus.example\n", i, ldapSuffix, i, name, i)
		l.canary("user", fmt.Sprintf("lzperson%d", i))
		l.canary("person-name", "ZZDOCTOR "+name)
		l.canary("mail-address", fmt.Sprintf("zzdoctor%d@lazarus.example", i))
	}
	l.canary("secret", ldapPassword)
	err := l.files(map[string]string{"people.ldif": ldif, "slapd.conf": fmt.Sprintf(`include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCertificateFile %s
TLSCertificateKeyFile %s
database mdb
maxsize 4194304
suffix "%s"
rootdn "cn=lzviewer,%s"
rootpw %s
directory %s
`, in("ldap.crt"), in("ldap.key"), ldapSuffix, ldapSuffix, ldapPassword, in("ldapdb"))})
	if err != nil {
		return err
	}
	l.canary("user", "lzviewer")
	if _, err := l.must(h, "slapadd", "-f", in("slapd.conf"), "-l", in("people.ldif")); err != nil {
		return err
	}
	if _, err := l.serve(h, "slapd", 389, "slapd", "-f", in("slapd.conf"), "-h", "ldap://0.0.0.0:389", "-d", "0"); err != nil {
		return err
	}
	h.offers("ldap_tcp", "tcp", 389, "")
	h.has("takes LDAP passwords in clear")
	h.called(ldapSuffix, "ldap")
	return nil
}

// lookPeople asks the directory in every manner a client has.
func (l *Lab) lookPeople() error {
	uri := "ldap://" + l.hosts["ldap"].IP
	admin := []string{"-D", "cn=lzviewer," + ldapSuffix, "-w", ldapPassword}
	ask := func(from, detail string, exit int, more ...string) errand {
		argv := append([]string{"env", "LDAPTLS_REQCERT=never", "ldapsearch", "-LLL", "-H", uri}, more...)
		return errand{from: from, to: "ldap", port: 389, service: "ldap_tcp", detail: detail, exit: exit, argv: argv}
	}
	base := []string{"-b", ldapSuffix, "(uid=lzperson1)", "cn", "mail"}
	return l.errands(
		ask("admin1", "anonymous bind, rootDSE", 0, "-x", "-s", "base", "-b", "", "(objectClass=*)", "+"),
		ask("ws1", "simple bind, granted, search", 0, append(append([]string{"-x"}, admin...), base...)...),
		ask("ws1", "simple bind, wrong password", 49, append([]string{"-x", "-D", "cn=lzviewer," + ldapSuffix, "-w", wrongPassword}, base...)...),
		ask("ws1", "StartTLS, simple bind, search", 0, append(append([]string{"-x", "-ZZ"}, admin...), base...)...),
	)
}
