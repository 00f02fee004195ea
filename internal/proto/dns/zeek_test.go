package dns

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"testing"

	"lazaret/internal/event"
)

// explained lists where Zeek's log and ours differ and why. A difference is
// explained if its line holds the text of match.
var explained = []struct{ capture, match, why string }{
	{"Malcolm-Test-Artifacts__DNS.pcap", "208.21.2.184", "audio on port 53, which Zeek takes for DNS because of the port"},
	{"Malcolm-Test-Artifacts__DNS.pcap", "146.84.28.88", "crafted questions whose type and class nobody uses"},
	{"Malcolm-Test-Artifacts__DNS.pcap", "trans_id:3903", "a damaged response of type and class 0"},
	{"Malcolm-Test-Artifacts__DNS.pcap", "8053", "DNS on another port, found by content"},
	{"Malcolm-Test-Artifacts__DNS.pcap", "193.24.227.238", "an answer in fragments, which this replay does not put together"},
	{"Malcolm-Test-Artifacts__DNS.pcap", "194.247.5.", "an answer in fragments, which this replay does not put together"},
	{"Malcolm-Test-Artifacts__ripple20__dns_over_udp_with_edns_5000_bytes.pcap", "49603", "an answer in fragments, which this replay does not put together"},
	{"PcapPlusPlus__DnsTooManyResources.pcap", "2564", "a header with impossible counts is no DNS"},
	{"PcapPlusPlus__dns_over_tcp.pcapng", "56752", "the first packet has no time, so Zeek ends the connection and sees a second one"},
	{"PcapPlusPlus__dns_stack_overflow.pcap", "13423", "the first name is no name, so it is not taken for DNS"},
	{"dpkt__examples__data__truncated_dns_2.pcap", "58325", "Zeek wrote nothing for this capture, whose packets are cut"},
	{"suricata-verify__dns-udp-junkrequest-first.pcap", "12352", "junk on port 53 before the first message"},
	{"suricata-verify__dns-udp-junkrequest-first.pcap", "50574", "Zeek gives the flow up after the junk"},
	{"suricata-verify__dns__dns-incomplete.pcap", "59194", "DNS over TCP on port 5353, found by content"},
	{"", "query: Zeek , ours <nil>", "the name of the root is left out"},
}

// why explains a difference; empty if nothing does.
func why(capture, text string) string {
	for _, e := range explained {
		if (e.capture == "" || e.capture == capture) && strings.Contains(text, e.match) {
			return e.why
		}
	}
	return ""
}

type line map[string]any

// TestZeek compares the records of the captures with Zeek's, field by field.
func TestZeek(t *testing.T) {
	root := shared(t)
	var files []string
	for _, dir := range conformanceDirs() {
		m, err := filepath.Glob(filepath.Join(root, "pcaps", dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, m...)
	}
	var total tally
	for _, f := range files {
		dir, name := filepath.Base(filepath.Dir(f)), filepath.Base(f)
		want := zeekLines(t, filepath.Join(root, "zeek", dir, name+".jsonl"))
		got := ourLines(t, replay(t, f))
		total.compare(t, name, want, got)
	}
	t.Logf("%d captures, Zeek %d records, ours %d; fields compared %d, equal %d (%.3f %%), explained %d",
		len(files), total.want, total.got, total.fields, total.equal, 100*float64(total.equal)/float64(total.fields), total.explained)
	if total.fields == 0 || float64(total.equal+total.explained) < 0.999*float64(total.fields) {
		t.Error("less than 99.9 % of the fields are equal or explained")
	}
}

func conformanceDirs() []string {
	if d := os.Getenv("CONFORMANCE"); d != "" {
		return strings.Fields(d)
	}
	return []string{"10-dns", "11-dhcp", "12-name-discovery"}
}

func zeekLines(t *testing.T, path string) []line {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil // Zeek wrote nothing
	}
	var out []line
	s := bufio.NewScanner(bytes.NewReader(b))
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var l line
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if l["_log"] == "dns" {
			delete(l, "_log")
			delete(l, "uid")
			out = append(out, l)
		}
	}
	return out
}

func ourLines(t *testing.T, recs []event.Record) []line {
	var out []line
	for i := range recs {
		var l line
		if err := json.Unmarshal(recs[i].AppendJSON(nil), &l); err != nil {
			t.Fatalf("%v in %s", err, recs[i].AppendJSON(nil))
		}
		delete(l, "uid")
		if l["ts"] == 0.0 {
			l["ts"] = 1.0 // Zeek's clock has no zero
		}
		out = append(out, l)
	}
	return out
}

func (l line) key() string {
	return fmt.Sprintf("%.6f %v %v:%v %v:%v", l["ts"], l["trans_id"], l["id.orig_h"], l["id.orig_p"], l["id.resp_h"], l["id.resp_p"])
}

type tally struct{ want, got, fields, equal, explained int }

// compare pairs the lines by time, id and endpoints, and counts fields. A line
// that only one side has counts with all its fields.
func (c *tally) compare(t *testing.T, name string, want, got []line) {
	c.want += len(want)
	c.got += len(got)
	ours := map[string][]line{}
	for _, l := range got {
		ours[l.key()] = append(ours[l.key()], l)
	}
	for _, w := range want {
		k := w.key()
		var g line
		if n := len(ours[k]); n > 0 {
			g, ours[k] = ours[k][0], ours[k][1:]
		}
		if g == nil {
			c.lone(t, name, "only Zeek", w)
			continue
		}
		c.pair(t, name, w, g)
	}
	var rest []string
	for k := range ours {
		rest = append(rest, k)
	}
	sort.Strings(rest)
	for _, k := range rest {
		for _, l := range ours[k] {
			c.lone(t, name, "only ours", l)
		}
	}
}

func (c *tally) lone(t *testing.T, name, who string, l line) {
	c.fields += len(l)
	text := fmt.Sprint(l)
	if why(name, text) != "" {
		c.explained += len(l)
		return
	}
	t.Logf("%s: %s: %s", name, who, text)
}

func (c *tally) pair(t *testing.T, name string, w, g line) {
	fields := map[string]bool{}
	for f := range w {
		fields[f] = true
	}
	for f := range g {
		fields[f] = true
	}
	for f := range fields {
		c.fields++
		if same(w[f], g[f]) {
			c.equal++
			continue
		}
		text := fmt.Sprintf("%s %s: Zeek %v, ours %v", w.key(), f, w[f], text(g[f]))
		if why(name, text) != "" {
			c.explained++
			continue
		}
		t.Logf("%s: %s", name, text)
	}
}

func text(v any) string {
	if v == nil {
		return "<nil>"
	}
	return fmt.Sprint(v)
}

func same(a, b any) bool {
	x, isX := a.(float64)
	y, isY := b.(float64)
	if isX && isY {
		return math.Abs(x-y) < 2e-6
	}
	return reflect.DeepEqual(a, b)
}
