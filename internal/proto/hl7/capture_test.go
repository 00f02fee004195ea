package hl7

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// captures finds the captures of others beside the project, if they are there.
func captures(t *testing.T) []string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for !exists(filepath.Join(dir, "go.mod")) {
		if dir == filepath.Dir(dir) {
			t.Skip("not inside a module")
		}
		dir = filepath.Dir(dir)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "..", "shared", "pcaps", "02-hl7", "*.pcap"))
	if len(files) == 0 {
		t.Skip("no shared/pcaps beside the project")
	}
	return files
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// payloads returns the TCP payloads of a capture of one orderly connection.
func payloads(t *testing.T, path string) []prototest.Segment {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := pcapgo.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var segs []prototest.Segment
	var client layers.TCPPort
	src := gopacket.NewPacketSource(r, r.LinkType())
	for p := range src.Packets() {
		tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok {
			continue
		}
		if client == 0 {
			client = tcp.SrcPort
		}
		d := proto.Resp
		if tcp.SrcPort == client {
			d = proto.Orig
		}
		if len(tcp.Payload) > 0 {
			segs = append(segs, prototest.Segment{Dir: d, Data: slices.Clone(tcp.Payload)})
		}
	}
	return segs
}

// TestCaptures compares message types and the pairing with what tshark reads.
func TestCaptures(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("no tshark")
	}
	for _, path := range captures(t) {
		out, err := exec.Command(tshark, "-r", path, "-d", "tcp.port==6661,hl7", "-Y", "hl7",
			"-T", "fields", "-e", "hl7.message.type", "-e", "hl7.event.type", "-e", "hl7.field").Output()
		if err != nil {
			t.Fatalf("tshark: %v", err)
		}
		f := prototest.Feed(&Spec, payloads(t, path))
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		m := messages(f)
		if len(m) != 1 || len(lines) != 2 || len(f.Weirds) != 0 {
			t.Fatalf("%s: records %d, tshark's messages %d, weirds %v", filepath.Base(path), len(m), len(lines), f.Weirds)
		}
		want := strings.Split(lines[0], "\t")
		fields := strings.Split(want[2], ",")
		if m[0].Type != want[0] || m[0].Event != want[1] || !slices.Contains(fields, m[0].ControlID) || m[0].ControlID == "" {
			t.Errorf("%s: %s^%s, tshark reads %s^%s", filepath.Base(path), m[0].Type, m[0].Event, want[0], want[1])
		}
		if !slices.Contains(strings.Split(lines[1], ","), m[0].AckCode) || m[0].AckCode != "AA" || m[0].AckApp != "RECEIVING_APPLICATION" {
			t.Errorf("%s: acknowledgement %q of %q", filepath.Base(path), m[0].AckCode, m[0].AckApp)
		}
		if m[0].Patient != hash("patient", "135769") {
			t.Errorf("%s: patient is not PID-3", filepath.Base(path))
		}
		device := map[string]string{"tapirx__HL7-ADT-UDI-OBX.pcap": "Hospira Plum A+", "tapirx__HL7-ADT-UDI-PRT.pcap": "Hospira Plum A+"}[filepath.Base(path)]
		if got := strings.Join(m[0].Equipment, "") + strings.Join(m[0].UDI, ""); got != device {
			t.Errorf("%s: device %q, want %q", filepath.Base(path), got, device)
		}
	}
}
