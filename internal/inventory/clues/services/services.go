// Package services reads the clues of what any server and client of an office network
// says when it is used: HTTP, TLS, SSH, remote log-in and files, mail, databases,
// directories, and the protocols of Windows with the authentication inside them.
//
// One file holds one protocol, or a few that greet alike; Readers says which of them
// looks at which record. greeting.go knows programs by their words.
//
// A program's greeting is the word of the program: it tells product and system, which
// whoever runs the machine may have changed, so it weighs less than what the protocol
// makes a machine compute or prove. A server's challenge describes the server (MS-NLMP
// 2.2.2.1); a certificate speaks for the end that showed it; what a proxy passes on
// belongs to another machine and is not taken.
//
// Each service that lets an intruder in, or shows what others sent in secret, gives a
// trait, and only on an answer: who asks for something weak has not got it yet.
//
// It refuses accounts: no name of a user becomes a clue, nor the domain of an account.
// Readers keep nothing; what they append aliases the record.
package services

import (
	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/dcerpc"
	"lazaret/internal/proto/ftp"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/kerberos"
	"lazaret/internal/proto/ldap"
	"lazaret/internal/proto/mysql"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/proto/postgresql"
	"lazaret/internal/proto/rdp"
	"lazaret/internal/proto/redis"
	"lazaret/internal/proto/rfb"
	"lazaret/internal/proto/smb"
	"lazaret/internal/proto/smtp"
	"lazaret/internal/proto/ssh"
	"lazaret/internal/proto/tds"
	"lazaret/internal/proto/telnet"
	"lazaret/internal/proto/tftp"
	"lazaret/internal/proto/tls"
	"lazaret/internal/proto/tns"
	"lazaret/internal/proto/wsman"
	"lazaret/internal/share"
)

// Readers are the readers of this package, by the schema of the records they look at.
var Readers = map[*event.Schema]clues.Reader{
	http.Schema:         clues.Of(readHTTP),
	smb.Schema:          clues.Of(readSMB),
	share.MappingSchema: clues.Of(readMapping),
	dcerpc.Schema:       clues.Of(readCall),
	ntlm.Schema:         clues.Of(readNTLM),
	kerberos.Schema:     clues.Of(readKerberos),
	rdp.Schema:          clues.Of(readRDP),
	tls.Schema:          clues.Of(readSSL),
	ssh.Schema:          clues.Of(readSSH),
	ftp.SessionSchema:   clues.Of(readFTP),
	tftp.Schema:         clues.Of(readTFTP),
	telnet.Schema:       clues.Of(readTelnet),
	rfb.Schema:          clues.Of(readRFB),
	smtp.Schema:         clues.Of(readSMTP),
	ldap.Schema:         clues.Of(readLDAP),
	ldap.SearchSchema:   clues.Of(readSearch),
	ldap.ServerSchema:   clues.Of(readDirectory),
	postgresql.Schema:   clues.Of(readPostgreSQL),
	mysql.Schema:        clues.Of(readMySQL),
	redis.Schema:        clues.Of(readRedis),
	tds.Schema:          clues.Of(readTDS),
	tns.Schema:          clues.Of(readTNS),
	wsman.Schema:        clues.Of(readWSMan),
}
