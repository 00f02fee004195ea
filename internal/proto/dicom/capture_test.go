package dicom

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
	"github.com/klauspost/compress/zstd"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// root is the repository's root.
func root(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the package")
		}
		dir = up
	}
}

// shared is a folder of captures beside the repository.
func shared(t testing.TB, folder string) string {
	dir := filepath.Join(root(t), "..", "shared", "pcaps", folder)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no shared/pcaps/%s beside the repository", folder)
	}
	return dir
}

// talk is one TCP conversation, its segments in the order of the capture.
type talk struct {
	client, server netip.AddrPort
	port           uint16
	segs           []prototest.Segment
	next           [2]uint32
	begun          [2]bool
	waiting        [2]map[uint32][]byte
}

// add takes a segment; what came too early waits for what lies before it.
func (k *talk) add(d proto.Dir, seq uint32, syn bool, data []byte) {
	if syn {
		k.next[d], k.begun[d] = seq+1, true
		return
	}
	if len(data) == 0 {
		return
	}
	if !k.begun[d] {
		k.next[d], k.begun[d] = seq, true
	}
	if k.waiting[d] == nil {
		k.waiting[d] = map[uint32][]byte{}
	}
	if old := k.waiting[d][seq]; len(data) > len(old) {
		k.waiting[d][seq] = data
	}
	for again := true; again; {
		again = false
		for s, b := range k.waiting[d] {
			skip := int32(k.next[d] - s)
			if skip < 0 {
				continue
			}
			delete(k.waiting[d], s)
			if int(skip) < len(b) {
				k.segs = append(k.segs, prototest.Segment{Dir: d, Data: b[skip:]})
				k.next[d] += uint32(len(b) - int(skip))
			}
			again = true
			break
		}
	}
}

// finish turns what still waits into gaps.
func (k *talk) finish() {
	for d := range k.waiting {
		for _, s := range slices.SortedFunc(maps.Keys(k.waiting[d]), func(a, b uint32) int { return cmp.Compare(int32(a-k.next[d]), int32(b-k.next[d])) }) {
			b := k.waiting[d][s]
			if gap := int32(s - k.next[d]); gap > 0 {
				k.segs = append(k.segs, prototest.Segment{Dir: proto.Dir(d), Lost: int(gap)})
			} else {
				b = b[min(len(b), int(-gap)):]
			}
			k.segs = append(k.segs, prototest.Segment{Dir: proto.Dir(d), Data: b})
			k.next[d] = s + uint32(len(k.waiting[d][s]))
		}
	}
}

// talks reads the TCP conversations of a capture file.
func talks(t testing.TB, file string) []*talk {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".zst") {
		dec, err := zstd.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer dec.Close()
		if raw, err = dec.DecodeAll(raw, nil); err != nil {
			t.Fatal(err)
		}
	}
	var src interface {
		gopacket.PacketDataSource
		LinkType() layers.LinkType
	}
	if src, err = pcapgo.NewReader(bytes.NewReader(raw)); err != nil {
		if src, err = pcapgo.NewNgReader(bytes.NewReader(raw), pcapgo.DefaultNgReaderOptions); err != nil {
			t.Logf("%s: %v", filepath.Base(file), err)
			return nil
		}
	}
	byKey := map[[2]netip.AddrPort]*talk{}
	var out []*talk
	for {
		data, _, err := src.ReadPacketData()
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		}
		if err != nil {
			t.Logf("%s: %v", filepath.Base(file), err)
			break
		}
		p := gopacket.NewPacket(data, src.LinkType(), gopacket.DecodeOptions{Lazy: true, NoCopy: true})
		tcp, ok := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if !ok || p.NetworkLayer() == nil {
			continue
		}
		net := p.NetworkLayer().NetworkFlow()
		a, _ := netip.AddrFromSlice(net.Src().Raw())
		b, _ := netip.AddrFromSlice(net.Dst().Raw())
		key := [2]netip.AddrPort{netip.AddrPortFrom(a, uint16(tcp.SrcPort)), netip.AddrPortFrom(b, uint16(tcp.DstPort))}
		d := proto.Orig
		k := byKey[key]
		if k == nil {
			if k = byKey[[2]netip.AddrPort{key[1], key[0]}]; k != nil {
				d = proto.Resp
			}
		}
		if k == nil || tcp.SYN && !tcp.ACK && len(k.segs) > 0 {
			k = &talk{client: key[0], server: key[1], port: key[1].Port()}
			byKey[key] = k
			delete(byKey, [2]netip.AddrPort{key[1], key[0]})
			out = append(out, k)
			d = proto.Orig
		}
		k.add(d, tcp.Seq, tcp.SYN, tcp.Payload)
	}
	for _, k := range out {
		k.finish()
	}
	return out
}

// recognised asks the probe as the sensor does, from either direction.
func (k *talk) recognised() bool {
	var head [2][]byte
	var asked [2]bool
	for _, s := range k.segs {
		if s.Lost > 0 || asked[s.Dir] {
			continue
		}
		head[s.Dir] = append(head[s.Dir], s.Data...)
		head[s.Dir] = head[s.Dir][:min(len(head[s.Dir]), proto.ProbeMax)]
		switch Spec.Probe(s.Dir, head[s.Dir]) {
		case proto.Yes:
			return true
		case proto.No:
			asked[s.Dir] = true
		}
	}
	return false
}

// flows runs the analyzer over every conversation that is recognised.
func flows(t testing.TB, file string) (all []*prototest.Flow, whose []*talk) {
	for _, k := range talks(t, file) {
		if k.recognised() {
			all = append(all, prototest.Feed(&Spec, k.segs))
			whose = append(whose, k)
		}
	}
	return all, whose
}

// truth is what the lab wrote beside a capture, as far as it concerns DICOM.
type truth struct {
	Hosts []struct {
		Name, Modality, Manufacturer, Model, Serial, Institution, Department string
		AETitles                                                             []string `json:"ae_titles"`
		StationName                                                          string   `json:"station_name"`
		Software                                                             []string
	}
	Associations []struct {
		ClientIP, ServerIP string
		Client, Server     string
		Calling, Called    string
		TLS                bool
		Result             string
		ClientImpl         string `json:"client_implementation_uid"`
		ClientVersion      string `json:"client_implementation_version"`
		ServerImpl         string `json:"server_implementation_uid"`
		ServerVersion      string `json:"server_implementation_version"`
		ClientMax          uint64 `json:"client_max_pdu"`
		ServerMax          uint64 `json:"server_max_pdu"`
		Offered            int    `json:"contexts_offered"`
		Accepted           int    `json:"contexts_accepted"`
		UserIdentity       string `json:"user_identity"`
		Async              bool
		Operations         []struct {
			Command, By, Status string
			SOPClass            string `json:"sop_class"`
			Pending             uint64
			MoveDest            string `json:"move_destination"`
			Completed, Failed   uint64
			Count               int
		}
	}
	Canaries []struct{ Kind, Value string }
}

// TestLab compares operations and negotiations with what the peers of the lab
// logged, association by association and operation by operation.
func TestLab(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(root(t), "testdata", "lab", "*.pcap.zst"))
	if len(files) == 0 {
		t.Fatal("no captures in testdata/lab")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".pcap.zst"), func(t *testing.T) {
			raw, err := os.ReadFile(strings.TrimSuffix(file, ".pcap.zst") + ".truth.json")
			if err != nil {
				t.Fatal(err)
			}
			var want truth
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			got, _ := flows(t, file)
			compareLab(t, got, &want)
		})
	}
}

func compareLab(t *testing.T, got []*prototest.Flow, want *truth) {
	var w, g []string
	for _, a := range want.Associations {
		if a.TLS {
			continue
		}
		var ops []string
		for _, o := range a.Operations {
			s := fmt.Sprintf("%s %s %s %s pend=%d dest=%s", o.Command, o.SOPClass, o.By, o.Status, o.Pending, o.MoveDest)
			for range o.Count {
				ops = append(ops, s)
			}
		}
		slices.Sort(ops)
		// The lab's log and the record use different words for the same kind.
		a.UserIdentity = strings.Replace(a.UserIdentity, "username/password", "username_passcode", 1)
		w = append(w, fmt.Sprintf("%s>%s %s %s|%s %s|%s %d/%d id=%s\n   %s", a.Calling, a.Called, a.Result,
			a.ClientImpl, a.ServerImpl, a.ClientVersion, a.ServerVersion, a.Offered, a.Accepted, a.UserIdentity, strings.Join(ops, "\n   ")))
	}
	var weirds []string
	for _, f := range got {
		var ops []string
		for _, r := range f.Records {
			switch p := r.Body.(type) {
			case *Operation:
				by, status := "client", ""
				if !p.FromCaller {
					by = "server"
				}
				if p.Status.OK {
					status = fmt.Sprintf("0x%04x", p.Status.V)
				}
				pending := p.Responses
				if p.Status.OK {
					pending--
				}
				ops = append(ops, fmt.Sprintf("%s %s %s %s pend=%d dest=%s", p.Command, p.SOPClass, by, status, pending, p.MoveDest))
			case *Association:
				slices.Sort(ops)
				result := p.Result
				if p.End == "aborted" {
					result = "aborted"
				}
				g = append(g, fmt.Sprintf("%s>%s %s %s|%s %s|%s %d/%d id=%s\n   %s", p.Calling, p.Called, result,
					p.RqImplUID, p.AcImplUID, p.RqImplName, p.AcImplName, len(p.Offered), len(p.Accepted), p.Identity, strings.Join(ops, "\n   ")))
				ops = nil
			}
		}
		weirds = append(weirds, f.Weirds...)
		compareDevices(t, f, want)
		for _, c := range want.Canaries {
			if strings.Contains(f.JSON(), c.Value) {
				t.Errorf("a %s is in the records", c.Kind)
			}
		}
	}
	slices.Sort(w)
	slices.Sort(g)
	for _, s := range w {
		if i := slices.Index(g, s); i >= 0 {
			g = slices.Delete(g, i, i+1)
		} else {
			t.Errorf("missing: %s", s)
		}
	}
	for _, s := range g {
		t.Errorf("not in the truth: %s", s)
	}
	if len(weirds) > 0 {
		t.Errorf("anomalies: %v", weirds)
	}
}

// compareDevices checks what objects say of the modality that stores them.
func compareDevices(t *testing.T, f *prototest.Flow, want *truth) {
	for _, r := range f.Records {
		p, ok := r.Body.(*Operation)
		if !ok || p.Command != "C-STORE" {
			continue
		}
		for _, h := range want.Hosts {
			if h.Modality == "" || h.Modality != p.Modality || !slices.Contains(h.AETitles, p.Calling) {
				continue
			}
			got := fmt.Sprint(p.Manufacturer, "|", p.Model, "|", p.Serial, "|", p.Station, "|", p.Software, "|", p.Institution, "|", p.Department)
			exp := fmt.Sprint(h.Manufacturer, "|", h.Model, "|", h.Serial, "|", h.StationName, "|", h.Software, "|", h.Institution, "|", h.Department)
			if got != exp || p.Patient == "" || p.Study == "" || p.SOPInstance == "" {
				t.Errorf("%s stores objects of %s, want %s", h.Name, got, exp)
			}
		}
	}
}

// TestTshark compares AE titles, commands, statuses and message ids with what
// tshark reads in the captures of others.
func TestTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	dir := shared(t, "01-dicom")
	files, _ := filepath.Glob(filepath.Join(dir, "*.pcap"))
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".pcap"), func(t *testing.T) {
			all, whose := flows(t, file)
			if len(all) == 0 {
				t.Fatal("no DICOM recognised")
			}
			args := []string{"-r", file, "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "dicom", "-T", "fields", "-E", "occurrence=a",
				"-e", "dicom.pdu.type", "-e", "dicom.assoc.ae.calling", "-e", "dicom.assoc.ae.called", "-e", "dicom.pctx.abss.syntax",
				"-e", "dicom.max_pdu_len", "-e", "dicom.userinfo.uid", "-e", "dicom.userinfo.version"}
			for _, k := range whose {
				args = append(args, "-d", fmt.Sprintf("tcp.port==%d,dicom", k.port))
			}
			out, err := exec.Command("tshark", args...).Output()
			if err != nil {
				t.Fatal(err)
			}
			compareTshark(t, all, string(out))
		})
	}
}

var uidInParentheses = regexp.MustCompile(`\(([0-9.]+)\)`)

// compareTshark compares tshark's lines for A-ASSOCIATE PDUs with the records.
func compareTshark(t *testing.T, all []*prototest.Flow, out string) {
	var w, g []string
	for line := range strings.Lines(out) {
		c := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if c[0] != "0x01" && c[0] != "0x02" {
			continue
		}
		var offered []string
		for _, m := range uidInParentheses.FindAllStringSubmatch(c[3], -1) {
			offered = append(offered, m[1])
		}
		if c[0] == "0x02" {
			c[1], c[2] = "", "" // reserved fields
		}
		w = append(w, fmt.Sprint(c[0], strings.TrimSpace(c[1]), ">", strings.TrimSpace(c[2]), offered, c[4], " ", c[5], " ", c[6]))
	}
	for _, f := range all {
		for _, r := range f.Records {
			p, ok := r.Body.(*Association)
			if !ok {
				continue
			}
			g = append(g, fmt.Sprint("0x01", p.Calling, ">", p.Called, p.Offered, fmt.Sprint(p.RqMaxPDU.V), " ", p.RqImplUID, " ", p.RqImplName))
			if p.Result == "accepted" {
				g = append(g, fmt.Sprint("0x02>", []string(nil), fmt.Sprint(p.AcMaxPDU.V), " ", p.AcImplUID, " ", p.AcImplName))
			}
		}
		if len(f.Weirds) > 0 {
			t.Errorf("anomalies: %v", f.Weirds)
		}
	}
	slices.Sort(w)
	slices.Sort(g)
	if !slices.Equal(g, w) {
		t.Errorf("got\n%s\ntshark\n%s", strings.Join(g, "\n"), strings.Join(w, "\n"))
	}
}

// TestOthers runs the probe over every conversation of the shared captures of
// other protocols: none of them is DICOM.
func TestOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a hundred megabytes of captures")
	}
	base := shared(t, "")
	folders, _ := filepath.Glob(filepath.Join(base, "*"))
	for _, dir := range folders {
		name := filepath.Base(dir)
		if name == "01-dicom" || name == "30-dicom-files" || name == "24-file-formats" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			files, _ := filepath.Glob(filepath.Join(dir, "*.pcap*"))
			for _, file := range files {
				for _, k := range talks(t, file) {
					if k.recognised() {
						f := prototest.Feed(&Spec, k.segs)
						t.Errorf("%s: %v > %v taken for DICOM: %.300s", filepath.Base(file), k.client, k.server, f.JSON())
					}
				}
			}
		})
	}
}
