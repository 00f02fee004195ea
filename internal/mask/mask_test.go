package mask_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/decode"
	"lazaret/internal/flow"
	"lazaret/internal/mask"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
	"lazaret/lab/truth"
)

const lab = "../../testdata/lab"

// frames is a source of frames in memory.
type frames struct{ list []capture.Frame }

func (f *frames) Next() (*capture.Batch, error) {
	if len(f.list) == 0 {
		return nil, io.EOF
	}
	n := min(len(f.list), capture.BatchSize)
	b := capture.NewBatch(f.list[:n], func() {})
	f.list = f.list[n:]
	return b, nil
}

// everything is the ids of all conversations.
func everything(t testing.TB, list []capture.Frame) map[string]bool {
	records, _ := prototest.Run(t, list)
	out := map[string]bool{}
	for _, r := range records {
		if _, ok := r.Body.(*flow.Record); ok {
			out[r.Conn.UID] = true
		}
	}
	return out
}

func options(list []capture.Frame, wanted map[string]bool) mask.Options {
	return mask.Options{
		Open:   func() (sensor.Source, error) { return &frames{list}, nil },
		Wanted: wanted, Specs: protocols.Specs, Decode: decode.DefaultConfig(), Flow: flow.DefaultConfig(),
		Comment: "a comment", Application: "a test",
	}
}

// again reads what was written.
func again(t testing.TB, b []byte) []capture.Frame {
	file := filepath.Join(t.TempDir(), "masked.pcapng")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return prototest.Load(t, file)
}

// In no capture of the lab is a word of a patient left, while lengths and times are the same,
// and checksums as right as they were.
func TestLab(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(lab, "*.pcap.zst"))
	more, _ := filepath.Glob(filepath.Join(lab, "outbreak", "*.pcap.zst"))
	present := 0
	for _, file := range append(files, more...) {
		name := strings.TrimSuffix(filepath.Base(file), ".pcap.zst")
		list := prototest.Load(t, file)
		b, err := os.ReadFile(strings.Replace(file, ".pcap.zst", ".truth.json", 1))
		if err != nil {
			t.Fatal(err)
		}
		var tr truth.Truth
		if err := json.Unmarshal(b, &tr); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		st, err := mask.Write(mask.DefaultConfig(), &out, options(list, everything(t, list)))
		if err != nil || st.Missing > 0 {
			t.Fatalf("%s: %v, %d conversations missing", name, err, st.Missing)
		}
		masked := again(t, out.Bytes())
		same(t, name, list, masked)
		before, after := join(list), join(masked)
		for _, c := range tr.Canaries {
			if c.Kind == "user" { // accounts stay, as they do in records
				continue
			}
			for _, v := range []string{c.Value, wide(c.Value)} {
				if bytes.Contains(before, []byte(v)) {
					present++
				}
				if bytes.Contains(after, []byte(v)) {
					t.Errorf("%s: a canary of kind %s is in the masked packets", name, c.Kind)
				}
			}
		}
	}
	if present < 500 {
		t.Errorf("only %d canaries stood in the captures before", present)
	}
}

func wide(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		b.WriteByte(0)
	}
	return b.String()
}

func join(list []capture.Frame) []byte {
	var b []byte
	for _, f := range list {
		b = append(b, f.Data...)
	}
	return b
}

// same holds times, lengths and checksums of the packets against those that they were made of.
func same(t *testing.T, name string, list, masked []capture.Frame) {
	t.Helper()
	wrong := func(list []capture.Frame) uint64 {
		cfg := decode.DefaultConfig()
		cfg.ChecksumLimit = 1 << 16
		d := decode.New(cfg)
		var p decode.Packet
		for i := range list {
			for ok := d.Frame(&p, &list[i]); ok; ok = d.Inner(&p) {
			}
		}
		return d.Stats().ChecksumsWrong
	}
	k := 0
	var kept []capture.Frame
	for _, f := range masked {
		for k < len(list) && (list[k].Time != f.Time || list[k].Len != f.Len || len(list[k].Data) != len(f.Data) || !bytes.Equal(list[k].Data[:14], f.Data[:14])) {
			k++
		}
		if k == len(list) {
			t.Fatalf("%s: a masked packet is none of those that were read", name)
		}
		kept = append(kept, list[k])
		k++
	}
	if a, b := wrong(kept), wrong(masked); a != b {
		t.Errorf("%s: %d wrong checksums before, %d behind", name, a, b)
	}
}

// In clear, packets are what they were.
func TestClear(t *testing.T) {
	list := prototest.Load(t, filepath.Join(lab, "hl7.pcap.zst"))
	opt := options(list, everything(t, list))
	opt.Clear = true
	var out bytes.Buffer
	st, err := mask.Write(mask.DefaultConfig(), &out, opt)
	if err != nil || st.Masked != 0 {
		t.Fatal(err, st)
	}
	k := 0
	for _, f := range again(t, out.Bytes()) {
		for k < len(list) && !bytes.Equal(list[k].Data, f.Data) {
			k++
		}
		if k == len(list) {
			t.Fatal("a packet was changed")
		}
	}
}

// Only what was asked for is written, and what is not found is told.
func TestChosen(t *testing.T) {
	list := prototest.Load(t, filepath.Join(lab, "hl7.pcap.zst"))
	one := map[string]bool{"Cnone": true}
	for uid := range everything(t, list) {
		one[uid] = true
		break
	}
	var out bytes.Buffer
	st, err := mask.Write(mask.DefaultConfig(), &out, options(list, one))
	if err != nil || st.Conversations != 1 || st.Missing != 1 || st.Packets == 0 || st.Packets >= uint64(len(list)) {
		t.Fatalf("%v %+v", err, st)
	}
}

// Without room for what is harmless all content is overwritten, and it is told.
func TestRoom(t *testing.T) {
	list := prototest.Load(t, filepath.Join(lab, "dicom-store.pcap.zst"))
	cfg := mask.DefaultConfig()
	cfg.Runs = 1
	var out bytes.Buffer
	st, err := mask.Write(cfg, &out, options(list, everything(t, list)))
	if err != nil || st.Shed == 0 || st.Masked < st.Bytes*9/10 {
		t.Fatalf("%v %+v", err, st)
	}
	if cfg.Runs = 0; cfg.Validate() == nil {
		t.Error("no room at all is accepted")
	}
}

// A byte that was sent twice with two values spoils its conversation.
func TestConflict(t *testing.T) {
	hello := "\x0bMSH|^~\\&|SENDER|SITE|||20260101||ADT^A01|17|P|2.5\rPID|||123\r\x1c\r"
	other := strings.Replace(hello, "SENDER", "DOE^JO", 1)
	list := talk(hello, other)
	var out bytes.Buffer
	st, err := mask.Write(mask.DefaultConfig(), &out, options(list, everything(t, list)))
	if err != nil || st.Masked != st.Bytes || bytes.Contains(out.Bytes(), []byte("MSH")) {
		t.Fatalf("%v %+v", err, st)
	}
	list = talk(hello, hello)
	out.Reset()
	if _, err = mask.Write(mask.DefaultConfig(), &out, options(list, everything(t, list))); err != nil || bytes.Count(out.Bytes(), []byte("SENDER")) != 2 || bytes.Contains(out.Bytes(), []byte("123")) {
		t.Fatalf("%v: a segment sent again as it was is not kept\n%q", err, out.Bytes())
	}
}

// talk is a conversation whose first payload is sent twice, the second time as given.
func talk(first, second string) []capture.Frame {
	var list []capture.Frame
	segment := func(flags byte, seq uint32, data string) {
		b := make([]byte, 54, 54+len(data))
		copy(b, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00\x45")
		binary.BigEndian.PutUint16(b[16:], uint16(40+len(data)))
		b[22], b[23] = 64, 6
		copy(b[26:], "\x0a\x00\x00\x01\x0a\x00\x00\x02")
		binary.BigEndian.PutUint16(b[34:], 40000)
		binary.BigEndian.PutUint16(b[36:], 2575)
		binary.BigEndian.PutUint32(b[38:], seq)
		b[46], b[47] = 0x50, flags
		b = append(b, data...)
		f := capture.Frame{Time: 1e18, Index: uint64(len(list) + 1), Data: b, Len: len(b), Link: capture.LinkEthernet}
		list = append(list, f)
	}
	segment(decode.SYN, 99, "")
	segment(decode.ACK|decode.PSH, 100, first)
	segment(decode.ACK|decode.PSH, 100, second)
	return list
}

func BenchmarkWrite(b *testing.B) {
	for _, name := range []string{"dicom-store", "hl7", "smb", "hospital"} {
		b.Run(name, func(b *testing.B) {
			list := prototest.Load(b, filepath.Join(lab, name+".pcap.zst"))
			opt := options(list, everything(b, list))
			b.ReportAllocs()
			b.ResetTimer()
			for b.Loop() {
				if _, err := mask.Write(mask.DefaultConfig(), io.Discard, opt); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(list)), "ns/packet")
		})
	}
}
