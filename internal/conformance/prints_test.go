package conformance

import (
	"context"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// printColumns are tshark's prints, with whom they are of.
var printColumns = []string{
	"ip.src", "ipv6.src", "tcp.srcport", "udp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport", "udp.dstport",
	"tls.handshake.ja3", "tls.handshake.ja3s", "dtls.handshake.ja3", "dtls.handshake.ja3s", "ssh.kex.hassh", "ssh.kex.hasshserver",
}

// tsharkPrints gives the prints of a capture: sort of print, the two ends from
// client to server, value.
func tsharkPrints(t *testing.T, file string) map[string]bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args := []string{"-n", "-r", file, "-o", "tcp.reassemble_out_of_order:TRUE", "--disable-protocol", "vnc", "-Y", "tls.handshake or dtls.handshake or ssh.kex.hassh or ssh.kex.hasshserver",
		"-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=" + among}
	for _, c := range printColumns {
		args = append(args, "-e", c)
	}
	out, _ := exec.CommandContext(ctx, "tshark", args...).Output() // an error comes with a cut file; what was read counts
	if ctx.Err() != nil {
		t.Logf("%s: %v", file, errSlow)
		return nil
	}
	all := map[string]bool{}
	for row := range strings.Lines(string(out)) {
		c := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		if len(c) != len(printColumns) {
			continue
		}
		// Of packets in packets, the innermost addresses count.
		last := func(i ...int) string {
			for _, k := range i {
				if v := strings.Split(c[k], among); c[k] != "" {
					return v[len(v)-1]
				}
			}
			return ""
		}
		from, to := last(0, 1)+" "+last(2, 3), last(4, 5)+" "+last(6, 7)
		for i, name := range []string{"ja3", "ja3s", "ja3", "ja3s", "hassh", "hassh_server"} {
			for v := range strings.SplitSeq(c[8+i], among) {
				switch {
				case v == "":
				case name == "ja3s" || name == "hassh_server":
					all[name+" "+to+" "+from+" "+v] = true
				default:
					all[name+" "+from+" "+to+" "+v] = true
				}
			}
		}
	}
	return all
}

// comparePrints holds that each print of ours is one that tshark gives for the same
// conversation, and counts how many there are.
func comparePrints(t *testing.T, dir string, names []string) {
	t.Helper()
	needTshark(t)
	tmp := t.TempDir()
	var mu sync.Mutex // guards count
	count := map[string]int{}
	work := make(chan string)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for name := range work {
				path := filepath.Join(dir, name)
				ours := read(t, path, 1).parse(t)
				file, err := plain(path, tmp)
				if err != nil {
					t.Error(err)
					continue
				}
				var theirs map[string]bool
				for _, log := range []string{"ssl", "ssh"} {
					for _, l := range ours.logs[log] {
						for _, f := range []string{"ja3", "ja3s", "hassh", "hassh_server"} {
							v, _ := l[f].(string)
							if v == "" {
								continue
							}
							if theirs == nil {
								theirs = tsharkPrints(t, file)
							}
							ends := []string{text(l["id.orig_h"]).(string) + " " + ends(l["id.orig_p"]), text(l["id.resp_h"]).(string) + " " + ends(l["id.resp_p"])}
							if h, _ := l["ssl_history"].(string); strings.HasPrefix(h, "^") {
								slices.Reverse(ends)
							}
							found := judge(theirs, f, ends[0]+" "+ends[1], v)
							mu.Lock()
							count[f+": "+found]++
							mu.Unlock()
							if found == "differs" && !strings.HasSuffix(name, "__tls13_draft14.pcap") { // tshark reads its hello as that of the final version
								t.Errorf("%s: %s of %s is %s, tshark has another", name, f, ends, v)
							}
						}
					}
				}
			}
		})
	}
	for _, name := range names {
		work <- name
	}
	close(work)
	wg.Wait()
	t.Logf("%v", count)
	if len(names) > 5 && count["ja3: same"]+count["hassh: same"] == 0 {
		t.Error("not one print was compared")
	}
}

func ends(port any) string {
	b := []byte{}
	for n := int(number(port)); n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

// judge tells whether tshark has the print, has only others, or none at all:
// it looks for TLS and SSH on their ports, and gives up what it cannot assemble.
func judge(theirs map[string]bool, sort, ends, value string) string {
	if theirs[sort+" "+ends+" "+value] {
		return "same"
	}
	for k := range theirs {
		if strings.HasPrefix(k, sort+" "+ends+" ") {
			return "differs"
		}
	}
	return "not told by tshark"
}

// TestPrintsLab compares JA3, JA3S and HASSH on the captures of the lab.
func TestPrintsLab(t *testing.T) {
	dir := filepath.Join(root(t), "testdata", "lab")
	names := slices.DeleteFunc(under(t, dir, ".pcap.zst"), func(s string) bool {
		return !strings.Contains(s, "tls") && !strings.Contains(s, "remote") && !strings.Contains(s, "web") && !strings.Contains(s, "windows")
	})
	comparePrints(t, dir, names)
}

// TestPrintsShared compares them on shared captures of TLS and SSH.
func TestPrintsShared(t *testing.T) {
	dir := shared(t, "pcaps")
	if !everything() {
		t.Skip("runs tshark on shared captures only with LAZARET_CONFORMANCE=all")
	}
	names := slices.DeleteFunc(captures(t, dir), func(s string) bool {
		return !strings.HasPrefix(s, "13-tls/") && !strings.HasPrefix(s, "15-remote-access/")
	})
	comparePrints(t, dir, names)
}
