package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// printColumns are tshark's prints, with whom they are of.
var printColumns = []string{
	"ip.src", "ipv6.src", "tcp.srcport", "udp.srcport", "ip.dst", "ipv6.dst", "tcp.dstport", "udp.dstport",
	"tls.handshake.ja3", "tls.handshake.ja3s", "dtls.handshake.ja3", "dtls.handshake.ja3s", "ssh.kex.hassh", "ssh.kex.hasshserver",
}

// prints are what a program says of one capture: sort of print, the two ends, value.
type prints map[string]bool

func (p prints) add(sort, a, b, value string) {
	if value != "" {
		p[pair(sort, a, b)+" "+value] = true
	}
}

// judge tells whether the other program has the print, has only others, or none at
// all: it looks for TLS and SSH on their ports, and gives up what it cannot assemble.
func (p prints) judge(sort, a, b, value string) (found string, others []string) {
	if p[pair(sort, a, b)+" "+value] {
		return "same", nil
	}
	for k := range p {
		if v, ok := strings.CutPrefix(k, pair(sort, a, b)+" "); ok {
			others = append(others, v)
		}
	}
	if others == nil {
		return "not told", nil
	}
	slices.Sort(others)
	return "differs", others
}

// tsharkPrints gives tshark's JA3, JA3S and HASSH.
func tsharkPrints(t *testing.T, file string) prints {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args := []string{"-n", "-r", file, "-o", "tcp.reassemble_out_of_order:TRUE", "--disable-protocol", "vnc", "-Y", "tls.handshake or dtls.handshake or ssh.kex.hassh or ssh.kex.hasshserver",
		"-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=" + among}
	for _, c := range printColumns {
		args = append(args, "-e", c)
	}
	out, err := kept(args, func() ([]byte, error) {
		out, _ := exec.CommandContext(ctx, "tshark", args...).Output() // an error comes with a cut file; what was read counts
		return out, ctx.Err()
	})
	if err != nil {
		t.Logf("%s: %v", file, err)
		return nil
	}
	all := prints{}
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
		from, to := end(last(0, 1), last(2, 3)), end(last(4, 5), last(6, 7))
		for i, name := range []string{"ja3", "ja3s", "ja3", "ja3s", "hassh", "hassh_server"} {
			for v := range strings.SplitSeq(c[8+i], among) {
				all.add(name, from, to, v)
			}
		}
	}
	return all
}

// suricataSettings switch on the prints, for conversations without a beginning too.
const suricataSettings = `%YAML 1.1
---
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: eve.json
      types:
        - tls:
            extended: yes
            ja4: on
        - quic:
            ja4: on
        - ssh
app-layer:
  protocols:
    tls:
      enabled: yes
      detection-ports:
        dp: 443
      ja3-fingerprints: yes
      ja4-fingerprints: yes
    quic:
      enabled: yes
      ja3-fingerprints: yes
      ja4-fingerprints: yes
    ssh:
      enabled: yes
      hassh: yes
stream:
  midstream: true
  async-oneside: true
  reassembly:
    depth: 0
`

// eve is a record of Suricata's.
type eve struct {
	Source          string `json:"src_ip"`
	SourcePort      int    `json:"src_port"`
	Destination     string `json:"dest_ip"`
	DestinationPort int    `json:"dest_port"`
	TLS, QUIC       struct {
		JA3  struct{ Hash, String string }
		JA3S json.RawMessage
		JA4  string
	}
	SSH struct {
		Client, Server struct{ HASSH struct{ Hash string } }
	}
}

// suricataPrints gives Suricata's JA3, JA3S, JA4 and HASSH.
func suricataPrints(t *testing.T, file string) prints {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	dir := t.TempDir()
	settings := filepath.Join(dir, "settings.yaml")
	if err := os.WriteFile(settings, []byte(suricataSettings), 0o600); err != nil {
		t.Error(err)
		return nil
	}
	if err := exec.CommandContext(ctx, "suricata", "-c", settings, "-r", file, "-l", dir, "-k", "none", "-S", os.DevNull).Run(); err != nil {
		t.Logf("%s: suricata: %v", file, err)
	}
	out, err := os.ReadFile(filepath.Join(dir, "eve.json"))
	if err != nil {
		t.Logf("%s: suricata wrote nothing", file)
		return nil
	}
	all := prints{}
	for row := range bytes.Lines(out) {
		var e eve
		if json.Unmarshal(row, &e) != nil {
			continue
		}
		a, b := end(e.Source, e.SourcePort), end(e.Destination, e.DestinationPort)
		for _, h := range []string{e.TLS.JA3.Hash, e.QUIC.JA3.Hash} {
			all.add("ja3", a, b, h)
		}
		var s struct{ Hash string }
		if json.Unmarshal(e.TLS.JA3S, &s) == nil {
			all.add("ja3s", a, b, s.Hash)
		}
		all.add("ja4", a, b, withoutAlgorithms(e.TLS.JA4, e.TLS.JA3.String))
		all.add("ja4", a, b, e.QUIC.JA4)
		all.add("hassh", a, b, e.SSH.Client.HASSH.Hash)
		all.add("hassh_server", a, b, e.SSH.Server.HASSH.Hash)
	}
	return all
}

// withoutAlgorithms mends the last part of a JA4 of a hello without signature
// algorithms: Suricata hashes the extensions with an underscore behind them, which
// the description of JA4 says is to be left out. The string of JA3 lists them.
func withoutAlgorithms(ja4, ja3 string) string {
	parts := strings.Split(ja3, ",")
	if len(parts) < 3 || len(ja4) < 12 {
		return ja4
	}
	list := strings.Split(parts[2], "-")
	if slices.Contains(list, "13") {
		return ja4
	}
	var words []string
	for _, v := range list {
		if n, err := strconv.Atoi(v); err == nil && n != 0 && n != 16 {
			words = append(words, fmt.Sprintf("%04x", n))
		}
	}
	slices.Sort(words)
	hash := func(s string) string {
		h := sha256.Sum256([]byte(s))
		return hex.EncodeToString(h[:6])
	}
	all := strings.Join(words, ",")
	head, ok := strings.CutSuffix(ja4, hash(all+"_"))
	switch {
	case ok && all == "":
		return head + "000000000000"
	case ok:
		return head + hash(all)
	}
	return ja4
}

// comparePrints holds that each print of ours is one that another program gives for
// the same conversation, and counts how many there are.
func comparePrints(t *testing.T, part, dir string, names []string, tell func(*testing.T, string) prints, known []row) {
	t.Helper()
	mine := slices.DeleteFunc(slices.Clone(known), func(r row) bool { return r.log != part })
	tmp, c := t.TempDir(), newComparison(mine)
	var mu sync.Mutex // guards c and count
	count := map[string]int{}
	one := func(name string) {
		path := filepath.Join(dir, name)
		ours := read(t, path, 1).parse(t)
		file, err := plain(path, tmp)
		if err != nil {
			t.Error(err)
			return
		}
		var theirs prints
		for _, l := range slices.Concat(ours.logs["ssl"], ours.logs["ssh"]) {
			for _, f := range printSorts {
				v := str(l, f)
				if v == "" {
					continue
				}
				if theirs == nil {
					theirs = tell(t, file)
				}
				found, others := theirs.judge(f, end(l["id.orig_h"], l["id.orig_p"]), end(l["id.resp_h"], l["id.resp_p"]), v)
				mu.Lock()
				count[f+": "+found]++
				c.seen[name] = true
				if found == "differs" {
					c.add(difference{name, part, f, 1, lineKey(l, ""), others, v})
				}
				mu.Unlock()
			}
		}
	}
	work := make(chan string)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for name := range work {
				one(name)
			}
		})
	}
	for _, name := range names {
		work <- name
	}
	close(work)
	wg.Wait()
	c.verdict(t, "")
	writePrints(t, part, count)
	if len(names) > 5 && count["ja3: same"]+count["hassh: same"] == 0 {
		t.Error("not one print was compared")
	}
}

// printSorts are the prints that are compared.
var printSorts = []string{"ja3", "ja3s", "ja4", "hassh", "hassh_server"}

// withPrints are the captures of the lab in which somebody shows a print.
func withPrints(t *testing.T) (dir string, names []string) {
	dir = filepath.Join(root(t), "testdata", "lab")
	return dir, slices.DeleteFunc(under(t, dir, ".pcap.zst"), func(s string) bool {
		return !slices.ContainsFunc([]string{"tls", "remote", "web", "windows", "database", "devices", "service"}, func(p string) bool { return strings.Contains(s, p) })
	})
}

// sharedPrints are the shared captures of TLS, QUIC and SSH, and those mixed.
func sharedPrints(t *testing.T) (dir string, names []string) {
	dir = shared(t, "pcaps")
	if !everything() {
		t.Skip("reads shared captures with another program only with LAZARET_CONFORMANCE=all")
	}
	return dir, captures(t, dir)
}

func needSuricata(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("suricata"); err != nil {
		t.Skip("suricata is not installed")
	}
}

// Why prints differ.
const (
	pDraft  = "tshark reads the hello of a draft as that of the final version"
	pDrafts = "Drafts of TLS 1.3 among the versions: JA4 has no word for them, Suricata takes the one below or none"
	pRetry  = "After a HelloRetryRequest Suricata prints the retry, here it is the hello that counts"
)

// printRows explains prints that differ.
var printRows = []row{
	{[]string{"*__tls13_draft14.pcap"}, "prints tshark", "ja3s", "", 1, pDraft},
	{[]string{"remote.pcap.zst"}, "prints suricata lab", "ja3s", "", 1, pRetry},
	{[]string{"Malcolm-Test-Artifacts__SSL.pcap", "zeek__tls__hrr.pcap"}, "prints suricata", "ja3s", "", 2, pRetry},
	{[]string{"Malcolm-Test-Artifacts__SSL.pcap", "zeek__tls__chrome-63*", "zeek__tls__tls13draft16-*", "*quic-ietf-ja3.pcap"}, "prints suricata", "ja4", "", 11, pDrafts},
}

// TestPrintsLab compares JA3, JA3S and HASSH with tshark on the captures of the lab.
func TestPrintsLab(t *testing.T) {
	needTshark(t)
	dir, names := withPrints(t)
	comparePrints(t, "prints tshark lab", dir, names, tsharkPrints, printRows)
}

// TestPrintsShared does so on the shared captures.
func TestPrintsShared(t *testing.T) {
	needTshark(t)
	dir, names := sharedPrints(t)
	comparePrints(t, "prints tshark", dir, names, tsharkPrints, printRows)
}

// TestPrintsSuricataLab compares these and JA4 with Suricata.
func TestPrintsSuricataLab(t *testing.T) {
	needSuricata(t)
	dir, names := withPrints(t)
	comparePrints(t, "prints suricata lab", dir, names, suricataPrints, printRows)
}

// TestPrintsSuricataShared does so on the shared captures.
func TestPrintsSuricataShared(t *testing.T) {
	needSuricata(t)
	dir, names := sharedPrints(t)
	comparePrints(t, "prints suricata", dir, names, suricataPrints, printRows)
}
