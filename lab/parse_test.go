package main

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lazaret/lab/cast"
	"lazaret/lab/truth"
)

func TestLeaseLines(t *testing.T) {
	h := &Host{Machine: &cast.Machine{}}
	h.Name, h.MAC = "pc1", "d4:be:d9:77:30:3e"
	x := &truth.Lease{}
	for _, line := range []string{
		"vendor class: MSFT 5.0", "client provides name: RADPC-017",
		"DHCPDISCOVER(eth0) d4:be:d9:77:30:3e ", "DHCPOFFER(eth0) 10.20.30.156 d4:be:d9:77:30:3e ",
		"requested options: 1:netmask, 3:router, ", "requested options: 249, 252", "requested options: 249, 252",
		"sent size:  4 option: 54 server-identifier  10.20.30.2",
		"DHCPREQUEST(eth0) 10.20.30.156 d4:be:d9:77:30:3e ", "DHCPACK(eth0) 10.20.30.156 d4:be:d9:77:30:3e lease",
	} {
		leaseLine(x, line, map[string]*Host{h.MAC: h})
	}
	if x.Client != "pc1" || x.IP != "10.20.30.156" || x.VendorClass != "MSFT 5.0" || x.Hostname != "RADPC-017" ||
		!slices.Equal(x.Requested, []int{1, 3, 249, 252}) || x.Messages != "DHCPDISCOVER DHCPOFFER DHCPREQUEST DHCPACK" {
		t.Errorf("got %+v", x)
	}
}

func TestTwinsAreFound(t *testing.T) {
	frame := func(n byte) []byte { return append(make([]byte, 60), n) }
	write := func(copies int) string {
		b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
		b = append(b, make([]byte, 20)...)
		for i := range 100 {
			for range copies {
				for _, v := range []uint32{0, uint32(i * 1000), 61, 61} {
					b = binary.LittleEndian.AppendUint32(b, v)
				}
				b = append(b, frame(byte(i))...)
			}
		}
		f := filepath.Join(t.TempDir(), "x.pcap")
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return f
	}
	if err := noTwins(write(1)); err != nil {
		t.Errorf("single frames: %v", err)
	}
	if err := noTwins(write(2)); err == nil {
		t.Error("every frame twice was not seen")
	}
}

func TestUsage(t *testing.T) {
	var out, errs strings.Builder
	if code := run([]string{"--help"}, &out, &errs); code != 0 || !strings.Contains(errs.String(), "Examples:") {
		t.Errorf("help: exit %d, %q", code, errs.String())
	}
	out.Reset()
	if code := run([]string{"-list"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "hospital") {
		t.Errorf("list: exit %d, %q", code, out.String())
	}
	errs.Reset()
	if code := run([]string{"-scenario", "nosuch"}, &out, &errs); code != 2 || !strings.Contains(errs.String(), "no such scenario") {
		t.Errorf("unknown scenario: exit %d, %q", code, errs.String())
	}
}
