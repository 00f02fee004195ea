package decode

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tally is what Zeek counts for a conversation: packets and their IP bytes, both
// directions together, because which side Zeek calls the originator is not a
// matter of decoding.
type tally struct{ packets, bytes int }

// zeekConns sums the conn records of a log by endpoints and protocol. ICMP and
// other protocols have no ports here.
func zeekConns(t *testing.T, log string) map[string]tally {
	f, err := os.Open(log)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]tally{}
	s := bufio.NewScanner(f)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		var r struct {
			Log       string `json:"_log"`
			OrigH     string `json:"id.orig_h"`
			RespH     string `json:"id.resp_h"`
			OrigP     int    `json:"id.orig_p"`
			RespP     int    `json:"id.resp_p"`
			Proto     string `json:"proto"`
			IPProto   uint8  `json:"ip_proto"`
			OrigPkts  int    `json:"orig_pkts"`
			RespPkts  int    `json:"resp_pkts"`
			OrigBytes int    `json:"orig_ip_bytes"`
			RespBytes int    `json:"resp_ip_bytes"`
		}
		if json.Unmarshal(s.Bytes(), &r) != nil || r.Log != "conn" {
			continue
		}
		if r.Proto != "tcp" && r.Proto != "udp" {
			r.OrigP, r.RespP = 0, 0
		}
		key := fmt.Sprint(r.IPProto, conversation(fmt.Sprint(r.OrigH, " ", r.OrigP), fmt.Sprint(r.RespH, " ", r.RespP)))
		n := out[key]
		out[key] = tally{n.packets + r.OrigPkts + r.RespPkts, n.bytes + r.OrigBytes + r.RespBytes}
	}
	return out
}

// ourConns counts the packets that Zeek has a conn record for.
func ourConns(t *testing.T, name string) map[string]tally {
	d := New(DefaultConfig())
	out := map[string]tally{}
	for _, f := range readCapture(t, name) {
		for _, p := range decodeAll(d, &f) {
			switch {
			case p.Kind == KindICMP:
				p.SrcPort, p.DstPort = 0, 0
			case p.Kind == KindTCP, p.Kind == KindUDP, p.Kind == KindIP && (!p.Fragmented || p.Pieces > 0):
			default:
				continue
			}
			key := fmt.Sprint(p.Proto, conversation(fmt.Sprint(p.Src, " ", p.SrcPort), fmt.Sprint(p.Dst, " ", p.DstPort)))
			n := out[key]
			out[key] = tally{n.packets + 1, n.bytes + p.IPLen}
		}
	}
	return out
}

// TestAgainstZeek compares packets and IP bytes of every conversation of the
// shared captures with Zeek's conn records. Files that differ are listed with
// the number of conversations and the reason.
func TestAgainstZeek(t *testing.T) {
	if testing.Short() {
		t.Skip("reads all shared captures")
	}
	logs, _ := filepath.Glob(filepath.Join(sharedDir(t, "zeek"), "*", "*.jsonl"))
	same, differ, files := 0, 0, 0
	for _, log := range logs {
		folder := filepath.Base(filepath.Dir(log))
		base := strings.TrimSuffix(filepath.Base(log), ".jsonl")
		zeek := zeekConns(t, log)
		here := ourConns(t, filepath.Join(sharedDir(t, "pcaps"), folder, base))
		var lines []string
		for key, n := range here {
			if zeek[key] == n {
				same++
			} else {
				lines = append(lines, fmt.Sprintf("%s: %v, Zeek has %v", key, n, zeek[key]))
			}
		}
		for key, n := range zeek {
			if _, ok := here[key]; !ok && n.packets > 0 {
				lines = append(lines, fmt.Sprintf("%s: nothing, Zeek has %v", key, n))
			}
		}
		differ += len(lines)
		if len(lines) > 0 {
			files++
		}
		if len(lines) != zeekDiffers[base].n {
			t.Errorf("%s/%s: %d conversations differ, wanted %d\n%s", folder, base, len(lines), zeekDiffers[base].n, strings.Join(lines[:min(3, len(lines))], "\n"))
		}
	}
	t.Logf("%d conversations agree in packets and bytes, %d in %d files differ", same, differ, files)
}
