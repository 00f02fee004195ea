package dhcp

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
	{"Malcolm-Test-Artifacts__DHCP.pcap", "1614582000.317453", "two clients with one transaction id, which Zeek mixes"},
	{"Malcolm-Test-Artifacts__DHCP.pcap", "00:0a:28:00:fa:42", "the other of the two clients"},
	{"nfstream__pcaps__dhcp_big_endian.pcapng", "", "times in the year 151,991; Zeek does not read the capture"},
	{"nfstream__pcaps__dhcp_little_endian.pcapng", "", "times in the year 151,991"},
	{"zeek__dhcp__dhcp_bad_cookie_option_retention.pcap", "00:11:22:33:44:55", "Zeek gives the flow up after the bad message before"},
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
		if l["_log"] == "dhcp" {
			delete(l, "_log")
			countUIDs(l)
			out = append(out, l)
		}
	}
	return out
}

func ourLines(t *testing.T, recs []event.Record) []line {
	var out []line
	for i := range recs {
		if recs[i].Body.Schema() != Schema {
			continue
		}
		var l line
		if err := json.Unmarshal(recs[i].AppendJSON(nil), &l); err != nil {
			t.Fatalf("%v in %s", err, recs[i].AppendJSON(nil))
		}
		countUIDs(l)
		for _, f := range ownFields {
			delete(l, f)
		}
		if l["ts"] == 0.0 {
			l["ts"] = 1.0 // Zeek's clock has no zero
		}
		out = append(out, l)
	}
	return out
}

// ownFields are those that Zeek's log does not have.
var ownFields = []string{"vendor_class", "param_list", "client_id", "user_class", "fqdn_flags",
	"max_message_size", "client_arch", "client_uuid", "server_id", "relay_addr", "circuit_id", "remote_id"}

// countUIDs puts the number of flows in place of their names, which are random.
func countUIDs(l line) {
	if u, isList := l["uids"].([]any); isList {
		l["uids"] = float64(len(u))
	}
}

func (l line) key() string { return fmt.Sprintf("%.6f %v", l["ts"], l["mac"]) }

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
		text := fmt.Sprintf("%s %s: Zeek %v, ours %v", w.key(), f, w[f], show(g[f]))
		if why(name, text) != "" {
			c.explained++
			continue
		}
		t.Logf("%s: %s", name, text)
	}
}

func show(v any) string {
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
