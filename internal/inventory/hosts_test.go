package inventory

import (
	"fmt"
	"slices"
	"testing"

	"lazaret/internal/event"
	"lazaret/internal/flow"
	"lazaret/internal/proto/dicom"
	"lazaret/internal/proto/http"
	"lazaret/internal/proto/ntlm"
	"lazaret/internal/proto/smb"
	"lazaret/internal/proto/snmp"
	"lazaret/internal/proto/ssh"
)

func (s *scene) ssh(a, b, key string) {
	s.add(a, b, 22, &ssh.Record{Client: "SSH-2.0-x", Server: "SSH-2.0-y", Fingerprint: key})
}

func (s *scene) smb(a, b, guid string) {
	s.add(a, b, 445, &smb.Record{IsOrig: true, Dialects: []string{"SMB 3.1.1"}, Dialect: "SMB 3.1.1", ServerGUID: guid})
}

func (s *scene) ntlm(a, b, host string) {
	s.add(a, b, 445, &ntlm.Record{Hostname: host, ClientVersion: "10.0.19045", ServerNBName: "FILES", ServerDNSName: "files.example", ServerVersion: "10.0.17763"})
}

const (
	nic1 = pacs + "/ac:1f:6b:5c:30:0a"
	nic2 = "10.1.0.10/ac:1f:6b:5c:30:0b"
	guid = "5f2e9c1a-77d0-4c3e-9a41-0b6a1d3e8f90"
)

// both plays what both addresses of an archive would see.
func both(s *scene, do func(addr string)) {
	do(nic1)
	do(nic2)
}

func TestSeveralAddresses(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(s *scene)
		one  bool
	}{
		{"two cards, one host key, one title", func(s *scene) {
			both(s, func(a string) { s.ssh(reader, a, "SHA256:k"); s.store(ct, a, force, 1) })
		}, true},
		{"identities of two kinds", func(s *scene) {
			both(s, func(a string) { s.ssh(reader, a, "SHA256:k"); s.smb(reader, a, guid) })
		}, true},
		{"an agent's identity and its name", func(s *scene) {
			both(s, func(a string) {
				s.add(reader, a, 161, &snmp.Record{Version: "3", HasAgent: true, EngineID: "80001f8880", Name: "pacs1"})
				s.conn(reader, a, 161, "snmp")
			})
			for i := range s.records {
				if n, ok := s.records[i].Body.(*snmp.Record); ok {
					n.Agent = 1
				}
			}
		}, true},
		{"a title alone", func(s *scene) {
			both(s, func(a string) { s.store(ct, a, force, 1) })
		}, false},
		{"a host key alone", func(s *scene) {
			both(s, func(a string) { s.ssh(reader, a, "SHA256:k") })
		}, false},
		{"one image, two installations", func(s *scene) {
			both(s, func(a string) { s.ssh(reader, a, "SHA256:k"); s.store(ct, a, force, 1) })
			s.smb(reader, nic1, guid)
			s.smb(reader, nic2, "00000001-77d0-4c3e-9a41-0b6a1d3e8f90")
		}, false},
		{"an identity that is empty", func(s *scene) {
			both(s, func(a string) { s.smb(reader, a, "00000000-0000-0000-0000-000000000000"); s.store(ct, a, force, 1) })
		}, false},
	} {
		s := newScene(t)
		c.play(s)
		r := s.report()
		a, b := holding(t, r, pacs), holding(t, r, "10.1.0.10")
		if (a.ID == b.ID) != c.one {
			t.Errorf("%s: %s and %s", c.name, a.ID, b.ID)
		}
		if c.one && (len(a.MACs) != 2 || len(a.IPs) != 2) {
			t.Errorf("%s: %v %v", c.name, a.MACs, a.IPs)
		}
	}
}

// What many have is a copy, and names nobody.
func TestCloned(t *testing.T) {
	s := newScene(t)
	for i := range 12 {
		addr := fmt.Sprintf("10.0.0.%d/02:00:00:00:00:%02x", 100+i, i)
		s.ssh(reader, addr, "SHA256:clone")
		s.smb(reader, addr, guid)
	}
	if n := len(s.report().Devices); n != 13 {
		t.Errorf("%d devices, want 13", n)
	}
}

func TestBehindOneAddress(t *testing.T) {
	s := newScene(t)
	for range 2 {
		s.ntlm("10.0.0.80", "10.0.0.75", "FRONT1")
		s.ntlm("10.0.0.80", "10.0.0.75", "FRONT2")
		s.ntlm("10.0.0.81", "10.0.0.75", "PC1")
	}
	s.ntlm("10.0.0.81", "10.0.0.75", "PC1-NEW") // was named anew
	s.ntlm("10.0.0.81", "10.0.0.75", "PC1-NEW")
	r := s.report()
	d := holding(t, r, "10.0.0.80")
	if d.Behind == nil || d.Behind.Machines != 2 || !slices.Equal(d.Behind.Names, []string{"front1", "front2"}) || d.SubRole != severalMachines || len(d.Behind.Reasons) != 1 {
		t.Errorf("two machines: %+v, %s", d.Behind, d.SubRole)
	}
	for _, addr := range []string{"10.0.0.81", "10.0.0.75"} {
		if d := holding(t, r, addr); d.Behind != nil {
			t.Errorf("%s: %+v", addr, d.Behind)
		}
	}
}

// A browser that says it is another system is no second machine; browsers and
// packets of two systems are.
func TestBehindSystems(t *testing.T) {
	get := func(s *scene, addr, agent string) {
		s.add(addr, "10.0.0.16", 80, &http.Exchange{Method: "GET", URI: "/", UserAgent: agent, Status: event.N(200)})
	}
	s := newScene(t)
	for range 2 {
		get(s, "10.0.0.80", "Mozilla/5.0 (Windows NT 10.0; Win64; x64)")
		get(s, "10.0.0.80", "Mozilla/5.0 (X11; Linux x86_64)")
	}
	if d := holding(t, s.report(), "10.0.0.80"); d.Behind != nil {
		t.Errorf("%+v", d.Behind)
	}
	for _, shape := range []flow.Shape{
		{TTL: 64, Order: flow.Options(flow.OptMSS, flow.OptSACK, flow.OptTime, flow.OptNop, flow.OptScale)},
		{TTL: 128, Window: 64240, Scale: 8, Order: flow.Options(flow.OptMSS, flow.OptNop, flow.OptScale, flow.OptNop, flow.OptNop, flow.OptSACK)},
		{TTL: 64, Order: flow.Options(flow.OptMSS, flow.OptSACK, flow.OptTime, flow.OptNop, flow.OptScale)},
	} {
		s.add("10.0.0.80", "10.0.0.16", 80, &flow.Record{Proto: "tcp", Service: "http", ConnState: "SF", OrigPkts: 5, RespPkts: 5, OrigBytes: event.N(1), RespBytes: event.N(1), OrigSYN: shape})
	}
	if d := holding(t, s.report(), "10.0.0.80"); d.Behind == nil || d.Behind.Machines != 2 {
		t.Errorf("two systems: %+v", d.Behind)
	}
}

// Scanners that store by turns, each under its title and with its DICOM software, are
// several machines; one gateway with their titles, and one that is sent images, is not.
func TestBehindScanners(t *testing.T) {
	const mrSoft, mgSoft = "1.3.46.670589.11.0.0.51.4.56.1", "1.2.840.113681.1"
	store := func(s *scene, addr, title, software, serial string) {
		s.add(addr, "10.0.0.10", 104, &dicom.Association{IsOrig: true, Calling: title, Called: "PACS", Result: "accepted", RqImplUID: software})
		s.op(addr, "10.0.0.10", dicom.Operation{Calling: title, Called: "PACS", Service: "storage", Command: "C-STORE", Modality: "MR",
			Manufacturer: "Philips", Model: "Achieva", Serial: serial, Station: title})
	}
	s := newScene(t)
	for range 2 {
		store(s, "10.0.0.80", "VAN_MR", mrSoft, "1")
		store(s, "10.0.0.80", "VAN_MG", mgSoft, "2")
		store(s, "10.0.0.81", "ROOM1", mrSoft, "3") // a gateway
		store(s, "10.0.0.81", "ROOM2", mrSoft, "4")
		store(s, "10.0.0.82", "STORE1", mrSoft, "5") // two programs that pass images on
		store(s, "10.0.0.82", "STORE2", mgSoft, "6")
	}
	store(s, "10.0.0.83", "SCAN", mrSoft, "7") // was given another title and software
	store(s, "10.0.0.83", "SCAN_NEW", mgSoft, "7")
	s.op("10.0.0.84", "10.0.0.82", dicom.Operation{Calling: "SCAN", Called: "STORE1", Service: "storage", Command: "C-STORE", Modality: "MR",
		Manufacturer: "Philips", Model: "Achieva", Serial: "5", Station: "ROOM5"})
	r := s.report()
	d := holding(t, r, "10.0.0.80")
	if d.Behind == nil || d.Behind.Machines != 2 || !slices.Equal(d.Behind.Names, []string{"VAN_MG", "VAN_MR"}) || d.SubRole != severalMachines || d.Role != Router {
		t.Errorf("two scanners: %s %s %+v", d.Role, d.SubRole, d.Behind)
	}
	for _, addr := range []string{"10.0.0.81", "10.0.0.82", "10.0.0.83"} {
		if d := holding(t, r, addr); d.Behind != nil {
			t.Errorf("%s: %+v", addr, d.Behind)
		}
	}
}

// The shapes of SYN and answer are one hint: alone they never make a system likely.
func TestShapesAreAHint(t *testing.T) {
	linux := flow.Shape{TTL: 64, Order: flow.Options(flow.OptMSS, flow.OptSACK, flow.OptTime, flow.OptNop, flow.OptScale)}
	s := newScene(t)
	talk := flow.Record{Proto: "tcp", Service: "http", ConnState: "SF", OrigPkts: 5, RespPkts: 5, OrigBytes: event.N(1), RespBytes: event.N(1)}
	asks, answers := talk, talk
	asks.OrigSYN, answers.RespSYN = linux, linux
	for range 3 {
		s.add("10.0.0.80", "10.0.0.16", 80, &asks)
		s.add("10.0.0.16", "10.0.0.80", 80, &answers)
	}
	if d := holding(t, s.report(), "10.0.0.80"); d.Family != "Linux" || d.Sureness > 0.5 || d.Sureness < 0.4 {
		t.Errorf("runs %q, %.3f sure", d.Family, d.Sureness)
	}
}
