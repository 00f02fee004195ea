package decode

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// conversation is the unordered text of two endpoints, as tshark writes them.
func conversation(a, b string) string {
	if a > b {
		a, b = b, a
	}
	return a + " <-> " + b
}

// ours gives the TCP and UDP conversations of a capture.
func ours(t *testing.T, name string) map[string]bool {
	d := New(DefaultConfig())
	out := map[string]bool{}
	for _, f := range readCapture(t, name) {
		for _, p := range decodeAll(d, &f) {
			if p.Kind == KindTCP || p.Kind == KindUDP {
				proto := [...]string{KindTCP: "tcp ", KindUDP: "udp "}[p.Kind]
				out[proto+conversation(fmt.Sprintf("%s:%d", p.Src, p.SrcPort), fmt.Sprintf("%s:%d", p.Dst, p.DstPort))] = true
			}
		}
	}
	return out
}

// tshark gives the conversations that tshark lists.
func tshark(name string) map[string]bool {
	out := map[string]bool{}
	// An error comes with a cut file; what was listed counts.
	text, _ := exec.Command("tshark", "-n", "-q", "-r", name, "-z", "conv,tcp", "-z", "conv,udp").Output()
	proto := ""
	for _, line := range strings.Split(string(text), "\n") {
		if before, ok := strings.CutSuffix(line, " Conversations"); ok {
			proto = strings.ToLower(before)
		}
		if w := strings.Fields(line); len(w) > 3 && w[1] == "<->" {
			out[proto+" "+conversation(w[0], w[2])] = true
		}
	}
	return out
}

// TestAgainstTshark compares the conversations of the encapsulation and fragment
// captures with tshark's. What differs is listed here with its reason.
func TestAgainstTshark(t *testing.T) {
	if testing.Short() {
		t.Skip("starts tshark for each capture")
	}
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("no tshark")
	}
	same, more, less := 0, 0, 0
	for _, folder := range []string{"20-encap", "22-fragments"} {
		for _, name := range sharedFiles(t, folder) {
			a, b := ours(t, name), tshark(name)
			var extra, missing []string
			for c := range a {
				if b[c] {
					same++
				} else {
					extra = append(extra, c)
				}
			}
			for c := range b {
				if !a[c] {
					missing = append(missing, c)
				}
			}
			more, less = more+len(extra), less+len(missing)
			sort.Strings(extra)
			sort.Strings(missing)
			base := filepath.Base(name)
			if want := tsharkDiffers[base]; len(extra) != want.more || len(missing) != want.less {
				t.Errorf("%s: %d more than tshark, %d less, wanted %+v\n more %q\n less %q", base, len(extra), len(missing), want, extra[:min(4, len(extra))], missing[:min(4, len(missing))])
			}
		}
	}
	t.Logf("%d conversations in both, %d only here, %d only in tshark", same, more, less)
}

// known is a difference and its reason.
type known struct {
	more, less int
	why        string
}

const (
	gtp    = "GTP is not opened"
	teredo = "GTP is not opened, nor the Teredo in it"
	ayiya  = "AYIYA is not opened"
)

var tsharkDiffers = map[string]known{
	"Malcolm-Test-Artifacts__Tunnels.pcap":                       {0, 17, "GTP, Teredo and AYIYA are not opened"},
	"PcapPlusPlus__gtp.pcap":                                     {0, 2, gtp},
	"PcapPlusPlus__null_loopback.pcap":                           {0, 1, "a Cisco HDLC header under the link type of the BSD loopback"},
	"suricata-verify__decode-nsh-type2.pcap":                     {0, 1, "NSH is not opened"},
	"zeek__tunnels__ayiya-large-identity.pcap":                   {0, 1, ayiya},
	"zeek__tunnels__ayiya3.pcap":                                 {0, 1, ayiya},
	"zeek__tunnels__gtp__gtp2_different_udp_port.pcap":           {0, 1, gtp},
	"zeek__tunnels__gtp__gtp4_udp_2152_inside.pcap":              {0, 1, gtp},
	"zeek__tunnels__gtp__gtp6_gtp_0x32.pcap":                     {0, 1, gtp},
	"zeek__tunnels__gtp__gtp7_ipv6.pcap":                         {0, 1, gtp},
	"zeek__tunnels__gtp__gtp8_teredo.pcap":                       {0, 9, teredo},
	"zeek__tunnels__gtp__gtp9_unknown_or_too_short_payload.pcap": {0, 1, gtp},
	"zeek__tunnels__gtp__gtp_ext_header.pcap":                    {0, 1, gtp},
	"zeek__tunnels__gtp__gtp1_gn_normal_incl_fragmentation.pcap": {0, 1, gtp},
	"zeek__vntag_vlan_sandwich_clean.pcap":                       {1, 0, "the snap length cut the TCP options; the ports are there"},
	"zeek__ipv4__fragmented-1.pcap":                              {0, 1, "a fragment goes beyond the last one, which hosts refuse"},
}
