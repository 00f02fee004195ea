package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// columns are the fields asked of tshark, in the order of its output.
var columns = []string{
	"frame.protocols", "ip.src", "ip.dst", "ip.len", "ipv6.src", "ipv6.dst", "ipv6.plen",
	"ip.reassembled.length", "ipv6.reassembled.length",
	"tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport",
	"dns.id", "dns.count.answers", "dns.flags.response", "dns.flags.rcode", "dns.qry.name", "dns.qry.type", "dns.a", "dns.aaaa",
	"dhcp.hw.mac_addr", "dhcp.option.dhcp", "dhcp.option.hostname", "dhcp.option.vendor_class_id",
	"dhcp.option.requested_ip_address",
	"hl7.segment", "dicom.pdu.type", "dicom.assoc.ae.calling", "dicom.assoc.ae.called", "_ws.col.Info",
}

// among separates several values of a field in tshark's output.
const among = "\x1f"

// packetRow is what tshark says about one frame.
type packetRow map[string][]string

func (p packetRow) one(field string) string {
	if v := p[field]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// patience is how long one tshark may take.
const patience = 3 * time.Minute

// pictures is the size in bytes up to which a capture may have VNC in it.
const pictures = 300 << 10

var errSlow = fmt.Errorf("tshark took longer than %v", patience)

// tsharkRows runs tshark once over a capture. ports are those on which it would
// not look for a protocol by itself. VNC is switched off in large captures: tshark
// decodes every picture, which takes minutes.
func tsharkRows(file string, ports []string) ([]packetRow, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	args := []string{"-n", "-r", file, "-o", "tcp.reassemble_out_of_order:TRUE", "-T", "fields",
		"-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=" + among}
	if info, err := os.Stat(file); err != nil || info.Size() > pictures {
		args = append(args, "--disable-protocol", "vnc")
	}
	for _, p := range ports {
		args = append(args, "-d", p)
	}
	columns := tsharkColumns()
	for _, c := range columns {
		args = append(args, "-e", c)
	}
	out, err := kept(args, func() ([]byte, error) {
		cmd := exec.CommandContext(ctx, "tshark", args...)
		cmd.WaitDelay = time.Second
		out, _ := cmd.Output() // an error comes with a cut file; what was read counts
		if ctx.Err() != nil {
			return nil, errSlow
		}
		return out, nil
	})
	if err != nil {
		return nil, err
	}
	var rows []packetRow
	for line := range bytes.Lines(out) {
		cells := strings.Split(strings.TrimSuffix(string(line), "\n"), "\t")
		row := packetRow{}
		for i, c := range cells {
			if i < len(columns) && c != "" {
				row[columns[i]] = strings.Split(c, among)
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// kept gives what a program said with the same arguments before, from the folder
// that TOLD names: for working on the comparison of many captures. Without it the
// program is run.
func kept(args []string, say func() ([]byte, error)) ([]byte, error) {
	dir := os.Getenv("TOLD")
	if dir == "" {
		return say()
	}
	sum := sha256.Sum256([]byte(strings.Join(args, "\x00")))
	name := filepath.Join(dir, hex.EncodeToString(sum[:12]))
	if out, err := os.ReadFile(name); err == nil {
		return out, nil
	}
	out, err := say()
	if err == nil {
		err = os.WriteFile(name, out, 0o600)
	}
	return out, err
}

// needTshark skips the test where tshark is not installed.
func needTshark(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
}

// oddPorts tells tshark where we found DICOM and HL7.
func oddPorts(r *reading) []string {
	var out []string
	for _, l := range r.logs["conn"] {
		service, _ := l["service"].(string)
		for _, name := range strings.Split(service, ",") {
			rule := fmt.Sprintf("tcp.port==%v,%s", l["id.resp_p"], name)
			if (name == "dicom" || name == "hl7") && l["proto"] == "tcp" && !slices.Contains(out, rule) {
				out = append(out, rule)
			}
		}
	}
	return out
}

// plain gives the path of a capture that tshark can read: files in zstd are
// expanded into dir.
func plain(path, dir string) (string, error) {
	if !strings.HasSuffix(path, ".zst") {
		return path, nil
	}
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	z, err := zstd.NewReader(in)
	if err != nil {
		return "", err
	}
	defer z.Close()
	out, err := os.CreateTemp(dir, "capture")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, z)
	return out.Name(), errors.Join(err, out.Close())
}

// TestTsharkLab compares the captures of the lab.
func TestTsharkLab(t *testing.T) {
	needTshark(t)
	dir := filepath.Join(root(t), "testdata", "lab")
	compareTshark(t, "lab", dir, under(t, dir, ".pcap.zst"), labRows)
}

// TestTsharkShared compares shared captures; that takes minutes.
func TestTsharkShared(t *testing.T) {
	needTshark(t)
	dir := shared(t, "pcaps")
	if !everything() {
		t.Skip("runs tshark on shared captures only with LAZARET_CONFORMANCE=all")
	}
	compareTshark(t, "tshark", dir, captures(t, dir), allTsharkRows())
}

// compareTshark reads every capture with both, four at a time, and compares.
func compareTshark(t *testing.T, part, dir string, names []string, known []row) {
	t.Helper()
	other := func(log string) bool { return only() != "" && !slices.Contains(strings.Split(only(), ","), log) }
	c := newComparison(slices.DeleteFunc(slices.Clone(known), func(r row) bool { return other(r.log) }))
	tmp, table := t.TempDir(), toldTable()
	speech := slices.DeleteFunc(slices.Concat(tsharkSpeech, smbSpeech, toldSpeech()), func(s *speech) bool { return other(s.log) })
	var mu sync.Mutex // guards c
	var wg sync.WaitGroup
	work := make(chan string)
	for range 4 {
		wg.Go(func() {
			for name := range work {
				path := filepath.Join(dir, name)
				ours := read(t, path, 1).parse(t)
				file, err := plain(path, tmp)
				var rows []packetRow
				if err == nil {
					rows, err = tsharkRows(file, oddPorts(ours))
				}
				if errors.Is(err, errSlow) {
					mu.Lock()
					c.seen[name] = true
					c.add(difference{capture: name, log: "tshark", field: "time", theirs: err})
					mu.Unlock()
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				theirs := tell(rows, table)
				mine := tellOurs(ours, theirs)
				mine.toldOurs(table, ours)
				mu.Lock()
				for _, s := range speech {
					s.compare(c, name, theirs.logs[s.log], mine.logs[s.log])
				}
				mu.Unlock()
			}
		})
	}
	for _, name := range names {
		work <- name
	}
	close(work)
	wg.Wait()
	c.verdict(t, part)
}
