package services

import (
	"slices"
	"testing"

	"lazaret/internal/inventory/clues/cluestest"
	"lazaret/internal/proto/ssh"
)

func TestSSHBanners(t *testing.T) {
	for line, want := range map[string][]string{
		"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3":        {"server product: OpenSSH 9.2p1", "server os: Linux|Debian 12"},
		"SSH-2.0-OpenSSH_8.4p1 Debian-5":                {"server product: OpenSSH 8.4p1", "server os: Linux|Debian 11"},
		"SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6":       {"server product: OpenSSH 8.9p1", "server os: Linux|Ubuntu 22.04"},
		"SSH-2.0-OpenSSH_5.9p1 Debian-5ubuntu1":         {"server product: OpenSSH 5.9p1", "server os: Linux|Ubuntu 12.04"},
		"SSH-2.0-OpenSSH_9.9p9 Ubuntu-1":                {"server product: OpenSSH 9.9p9", "server os: Linux|Ubuntu"},
		"SSH-2.0-OpenSSH_for_Windows_8.1":               {"server product: OpenSSH for Windows 8.1", "server os: Windows"},
		"SSH-2.0-OpenSSH_7.9 FreeBSD-20200214":          {"server product: OpenSSH 7.9", "server os: BSD|FreeBSD"},
		"SSH-2.0-dropbear_2019.78":                      {"server product: dropbear 2019.78"},
		"SSH-2.0-Cisco-1.25":                            {"server product: Cisco-1.25", "server os: Cisco IOS"},
		"SSH-1.99-OpenSSH_3.9p1":                        {"server product: OpenSSH 3.9p1", "server trait: offers SSH 1"},
		"SSH-2.0-":                                      nil,
		"SSH-2.0-OpenSSH_9.2p1 Debian-2+debian-is-nice": {"server product: OpenSSH 9.2p1", "server os: Linux|Debian 12"},
	} {
		if _, got := cluestest.Read(Readers, &ssh.Record{Server: line}, 22); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestWeakSSH(t *testing.T) {
	for name, tc := range map[string]struct {
		offered [4]string
		want    bool
	}{
		"modern":               {[4]string{"curve25519-sha256,kex-strict-s-v00@openssh.com", "ssh-ed25519", "aes128-ctr", "hmac-sha2-256"}, false},
		"old besides new":      {[4]string{"curve25519-sha256,diffie-hellman-group1-sha1", "ssh-ed25519,ssh-dss", "aes128-ctr,3des-cbc", "hmac-sha2-256,hmac-md5"}, false},
		"key exchange":         {[4]string{"diffie-hellman-group1-sha1,diffie-hellman-group14-sha1", "ssh-ed25519", "aes128-ctr", "hmac-sha2-256"}, true},
		"host key":             {[4]string{"curve25519-sha256", "ssh-dss", "aes128-ctr", "hmac-sha2-256"}, true},
		"cipher":               {[4]string{"curve25519-sha256", "ssh-ed25519", "aes128-cbc,arcfour256", "hmac-sha2-256"}, true},
		"authentication":       {[4]string{"curve25519-sha256", "ssh-ed25519", "aes128-ctr", "hmac-md5,hmac-sha1"}, true},
		"not needed with AEAD": {[4]string{"curve25519-sha256", "ssh-ed25519", "chacha20-poly1305@openssh.com", "hmac-sha1"}, false},
		"nothing":              {},
	} {
		if got := weakSSH(&tc.offered); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	_, got := cluestest.Read(Readers, &ssh.Record{Fingerprint: "SHA256:k", HASSH: "a", HASSHServer: "b", Offered: [4]string{"diffie-hellman-group1-sha1"}}, 22)
	want := []string{"server host_id: ssh-key:SHA256:k", "client fingerprint: hassh:a", "server fingerprint: hassh_server:b", "server trait: offers weak SSH algorithms"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
