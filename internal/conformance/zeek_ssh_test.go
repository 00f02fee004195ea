package conformance

import (
	"lazaret/internal/proto/ssh"
)

// sshSpeech compares the ssh log.
func sshSpeech() *speech {
	return &speech{
		log: "ssh", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p"},
		fields: fieldsOf(ssh.Schema, "hassh", "hassh_server"),
		same:   sameSSH,
	}
}

// sameSSH compares the beginning of a host key's print, of which Zeek writes 24
// bytes.
func sameSSH(field string, a, b any) bool {
	if field == "host_key_fingerprint" {
		x, _ := a.(string)
		y, _ := b.(string)
		return x == y || len(x) == 39 && len(y) == 50 && x == y[:39]
	}
	return alike(a, b)
}

// Why the ssh logs differ.
const (
	zSSHPort    = "SSH on another port: Zeek begins when both sides have greeted, here with the first"
	zSSHOneWay  = "Only one side was captured: Zeek reads the host key when it knows the key exchange that both agreed on"
	zSSHGroup18 = "Zeek does not know the key exchange diffie-hellman-group18-sha512 and leaves the host key out"
	zSSHSocket  = "SSH inside WebSocket, which is not read here"
)

// zeekSSHRows explains the differences.
var zeekSSHRows = []row{
	{[]string{"Malcolm-Test-Artifacts__SSL.pcap", "nDPI__ssh.pcap", "zeek__ssh__ssh.pcap", "zeek__ssh__ssh1-ssh2-fingerprints.pcap", "zeek__ssh__ssh_kex_mlkem.pcap"}, "ssh", "ts", "", 6, zSSHPort},
	{[]string{"zeek__ssh__ssh.server-side-half-duplex.pcap"}, "ssh", "host_key_fingerprint", "", 11, zSSHOneWay},
	{[]string{"zeek__ssh__ssh_kex_dh_group18.pcap"}, "ssh", "host_key_fingerprint", "", 1, zSSHGroup18},
	{[]string{"zeek__websocket__wstunnel-ssh.pcap"}, "ssh", "missing", "", 2, zSSHSocket},
}
