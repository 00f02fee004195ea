package services

import (
	"slices"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/mysql"
	"lazaret/internal/proto/postgresql"
	"lazaret/internal/proto/redis"
	"lazaret/internal/proto/tds"
	"lazaret/internal/proto/tns"
)

func TestDatabases(t *testing.T) {
	yes, no := event.B(true), event.B(false)
	for name, tc := range map[string]struct {
		rec  event.Payload
		want []string
	}{
		"postgresql": {&postgresql.Record{Auth: "password", Success: yes, ServerVersion: "15.5 (Debian 15.5-0+deb12u1)"},
			[]string{"server kind: database", "server product: PostgreSQL 15.5", "server os: Linux|Debian 12", "server trait: takes database passwords in clear"}},
		"postgresql without a password": {&postgresql.Record{Auth: "none", Success: yes, ServerVersion: "9.6.24"},
			[]string{"server kind: database", "server product: PostgreSQL 9.6.24", "server trait: lets into a database without login"}},
		"postgresql, hashed":       {&postgresql.Record{Auth: "scram", Success: no}, []string{"server kind: database"}},
		"postgresql, no answer":    {&postgresql.Record{User: "x"}, nil},
		"mariadb":                  {&mysql.Record{Command: "login", ServerVersion: "5.5.5-10.11.6-MariaDB-0+deb12u1"}, []string{"server kind: database", "server product: MariaDB 10.11.6", "server os: Linux|Debian 12"}},
		"mysql on ubuntu":          {&mysql.Record{Command: "login", ServerVersion: "8.0.36-0ubuntu0.22.04.1", AuthPlugin: "mysql_clear_password"}, []string{"server kind: database", "server product: MySQL 8.0.36", "server os: Linux|Ubuntu", "server trait: takes database passwords in clear"}},
		"mysql, a later command":   {&mysql.Record{Command: "query", Arg: "SELECT"}, nil},
		"redis, open":              {&redis.Record{Count: 1, Open: true, ServerVersion: "7.0.15", OS: "Linux 6.1.0 x86_64"}, []string{"server kind: database", "server product: Redis 7.0.15", "server os: Linux", "server trait: lets into a database without login"}},
		"redis, password":          {&redis.Record{Count: 1, Success: no}, []string{"server kind: database", "server trait: takes database passwords in clear"}},
		"redis, no answer":         {&redis.Record{Count: 1}, nil},
		"sql server":               {&tds.Record{ServerVersion: "11.0.2100", ClientHost: "DESK17", Clear: true, Success: yes}, []string{"client name: DESK17", "server kind: database", "server product: SQL Server 11.0.2100", "server os: Windows", "server trait: takes database passwords in clear"}},
		"sql server of two worlds": {&tds.Record{ServerVersion: "15.0.2000", ServerEncryption: "all"}, []string{"server kind: database", "server product: SQL Server 15.0.2000"}},
		"sql server, told":         {&tds.Record{Resolution: true, ServerName: "RISDB", ServerVersion: "15.0.2000.5"}, []string{"server name: RISDB", "server kind: database", "server product: SQL Server 15.0.2000.5"}},
		"oracle":                   {&tns.Record{ClientVersion: 314, ClientHost: "DESK17", Result: "accepted", Banner: "IBMPC/WIN_NT64-9.1.0"}, []string{"client name: DESK17", "server kind: database", "server os: Windows"}},
		"oracle, refused":          {&tns.Record{ClientVersion: 314, Result: "refused", ServerVersion: "19.0.0.0.0"}, []string{"server kind: database", "server product: Oracle Database 19.0.0.0.0"}},
		"oracle, no answer":        {&tns.Record{ClientVersion: 314}, nil},
	} {
		if _, got := cluestest.Read(Readers, tc.rec, 1433); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
