package event

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"lazaret/internal/netid"
)

// all has a field of every kind.
type all struct {
	Text      string     `log:"text" doc:"x"`
	Always    string     `log:"always,always" doc:"x"`
	Yes       bool       `log:"yes" doc:"x"`
	Int       int        `log:"int" doc:"x"`
	Small     int8       `log:"small" doc:"x"`
	Uint      uint16     `log:"uint" doc:"x"`
	Float     float64    `log:"float" doc:"x"`
	When      Time       `log:"when" doc:"x"`
	Long      Interval   `log:"long" doc:"x"`
	IP        netid.IP   `log:"ip" doc:"x"`
	MAC       netid.MAC  `log:"mac" doc:"x"`
	Count     Count      `log:"count" doc:"x"`
	Maybe     Bool       `log:"maybe" doc:"x"`
	Texts     []string   `log:"texts" doc:"x" class:"pseudo"`
	Ints      []int      `log:"ints" doc:"x"`
	Floats    []float64  `log:"floats" doc:"x"`
	Intervals []Interval `log:"intervals" doc:"x"`
	IPs       []netid.IP `log:"ips" doc:"x" class:"person"`
	hidden    int
	Unlogged  string
}

var allSchema = NewSchema[all]("all", "test")

func (*all) Schema() *Schema { return allSchema }

type free struct {
	UID string `log:"uid" doc:"x"`
}

var freeSchema = NewFreeSchema[free]("free", "test")

func (*free) Schema() *Schema { return freeSchema }

var someConn = &Conn{
	UID: "C1", Proto: 6, Orig: netid.Endpoint{IP: netid.IPv4(10, 0, 0, 1), Port: 40000},
	Resp: netid.Endpoint{IP: netid.IP{0: 0xfe, 1: 0x80, 15: 1}, Port: 104},
}

func TestAppendJSON(t *testing.T) {
	const envelope = `"uid":"C1","id.orig_h":"10.0.0.1","id.orig_p":40000,"id.resp_h":"fe80::1","id.resp_p":104`
	full := &all{
		Text: "a", Always: "b", Yes: true, Int: -5, Small: -128, Uint: 65535, Float: 0.25, When: 1_500_000_000,
		Long: -1, IP: netid.IPv4(1, 2, 3, 4), MAC: netid.MAC{1, 2, 3, 4, 5, 6}, Count: N(0), Maybe: B(false),
		Texts: []string{"x", ""}, Ints: []int{1, -2}, Floats: []float64{1, math.NaN(), math.Inf(-1)},
		Intervals: []Interval{1, 2e9}, IPs: []netid.IP{{}, netid.IPv4(9, 9, 9, 9)}, hidden: 1, Unlogged: "no",
	}
	for name, c := range map[string]struct {
		r    Record
		want string
	}{
		"nothing set": {Record{TS: 5, Conn: someConn, Body: &all{}}, `{"ts":0.000000005,` + envelope + `,"always":""}`},
		"everything set": {Record{TS: 1_700_000_000_123_456_000, Conn: someConn, Body: full},
			`{"ts":1700000000.123456,` + envelope + `,"text":"a","always":"b","yes":true,"int":-5,"small":-128,"uint":65535,` +
				`"float":0.25,"when":1.5,"long":-0.000000001,"ip":"1.2.3.4","mac":"01:02:03:04:05:06","count":0,"maybe":false,` +
				`"texts":["x",""],"ints":[1,-2],"floats":[1,null,null],"intervals":[0.000000001,2.0],"ips":["::","9.9.9.9"]}`},
		"without a conversation": {Record{TS: 0, Body: &all{}}, `{"ts":0.0,"always":""}`},
		"of no conversation":     {Record{TS: 0, Conn: someConn, Body: &free{"own"}}, `{"ts":0.0,"uid":"own"}`},
	} {
		got := string(c.r.AppendJSON([]byte("before ")))
		if got != "before "+c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
		if !json.Valid([]byte(c.want)) {
			t.Errorf("%s: %s is no JSON", name, c.want)
		}
	}
}

func TestAppendString(t *testing.T) {
	for in, want := range map[string]string{
		"":                       `""`,
		"plain":                  `"plain"`,
		"\"\\":                   `"\"\\"`,
		"\n\r\t\b\f":             `"\n\r\t\b\f"`,
		"\x00\x1f\x7f":           `"\\x00\\x1f\\x7f"`,
		"M\u00fcller \U0001f600": "\"M\u00fcller \U0001f600\"",
		"M\xfcller":              `"M\\xfcller"`,
		"\u00fc\xff":             `"\\xc3\\xbc\\xff"`,
		"\u2028</script>":        "\"\u2028</script>\"",
		"\xed\xa0\x80":           `"\\xed\\xa0\\x80"`,
		`\x41`:                   `"\\x41"`,
	} {
		if got := string(AppendString(nil, in)); got != want {
			t.Errorf("%q is written as %s, want %s", in, got, want)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a\x00b", "\xff\xfe", "\u00e9\"\\", "\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var back string
		if err := json.Unmarshal(AppendString(nil, s), &back); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if !strings.ContainsAny(s, "\x00\x01\x02\x03\x04\x05\x06\x07\x0b\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f") &&
			strings.ToValidUTF8(s, "") == s && back != s {
			t.Errorf("%q comes back as %q", s, back)
		}
	})
}

func TestSeconds(t *testing.T) {
	for in, want := range map[int64]string{
		0: "0.0", 1: "0.000000001", 1e9: "1.0", 1_500_000_000: "1.5", -1: "-0.000000001", -1_500_000_000: "-1.5",
		1_704_067_200_123_456_789: "1704067200.123456789", 100_000_000: "0.1",
		math.MaxInt64: "9223372036.854775807", math.MinInt64: "-9223372036.854775808",
	} {
		if got := string(appendSeconds(nil, in)); got != want {
			t.Errorf("%d ns are written as %s, want %s", in, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	at := Time(1_704_067_200_000_000_001)
	if at.RFC3339() != "2024-01-01T00:00:00.000000001Z" || at.Std().Location() != time.UTC || Time(-1).RFC3339() != "1969-12-31T23:59:59.999999999Z" {
		t.Errorf("%s, %s", at.RFC3339(), Time(-1).RFC3339())
	}
	if d := at.Sub(at + 1_500_000_000); d != -1_500_000_000 || d.Seconds() != -1.5 {
		t.Errorf("an interval of %d ns, %v s", d, d.Seconds())
	}
}

func TestParseTime(t *testing.T) {
	const at = 1_704_067_200 * Time(1e9)
	for in, want := range map[string]Time{
		"2024-01-01T00:00:00Z": at, "2024-01-01T01:00:00.5+01:00": at + 5e8, "2024-01-01 00:00:00": at, "2024-01-01T00:00:00": at,
		"2024-01-01": at, "1704067200": at, "1704067200.000000001": at + 1, "1704067200.5": at + 5e8, "0": 0, "1.": 1e9,
	} {
		if got, err := ParseTime(in); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", " ", "yesterday", "-1", "1.0000000001", "1.-5", "1.+5", "9223372036", "99999999999999999999", "0x10", "1e9",
		"2024-13-01", "2024-01-01T25:00:00Z", "1.5s", "1704067200,5", "9999-01-01", "0001-01-01", "NaN",
	} {
		if got, err := ParseTime(in); err == nil {
			t.Errorf("%q was taken for %s", in, got.RFC3339())
		}
	}
}

// A fault in a declaration ends the program at its start, and says where.
func TestSchemaFaults(t *testing.T) {
	for want, build := range map[string]func(){
		"no log type": func() {
			NewSchema[struct {
				A map[string]int `log:"a" doc:"x"`
			}]("s", "")
		},
		"A has no log": func() {
			NewSchema[struct {
				A float32 `log:"a" doc:"x"`
			}]("s", "")
		},
		"b has no log": func() {
			NewSchema[struct {
				b int `log:"b" doc:"x"`
			}]("s", "")
		},
		`"a" is taken`: func() {
			NewSchema[struct {
				A int `log:"a" doc:"x"`
				B int `log:"a" doc:"x"`
			}]("s", "")
		},
		`"ts" is taken`: func() {
			NewFreeSchema[struct {
				A int `log:"ts" doc:"x"`
			}]("s", "")
		},
		`"uid" is taken`: func() {
			NewSchema[struct {
				A int `log:"uid" doc:"x"`
			}]("s", "")
		},
		"empty": func() {
			NewSchema[struct {
				A int `log:",always" doc:"x"`
			}]("s", "")
		},
		"no doc": func() {
			NewSchema[struct {
				A int `log:"a"`
			}]("s", "")
		},
		`class "patient"`: func() {
			NewSchema[struct {
				A int `log:"a" doc:"x" class:"patient"`
			}]("s", "")
		},
	} {
		func() {
			defer func() {
				if e, _ := recover().(string); !strings.Contains(e, want) {
					t.Errorf("the panic says %q, want %q", e, want)
				}
			}()
			build()
		}()
	}
}

func TestSchema(t *testing.T) {
	types := map[string]string{}
	for _, f := range allSchema.Fields {
		types[f.Name] = f.Type + " " + string(f.Class)
	}
	for name, want := range map[string]string{
		"text": "string ", "yes": "bool ", "small": "int ", "uint": "count ", "float": "double ", "when": "time ", "long": "interval ",
		"ip": "addr ", "mac": "string ", "count": "count ", "maybe": "bool ", "texts": "vector[string] pseudo", "ips": "vector[addr] person",
		"intervals": "vector[interval] ",
	} {
		if types[name] != want {
			t.Errorf("%s has type and class %q, want %q", name, types[name], want)
		}
	}
	if len(allSchema.Fields) != 18 || !allSchema.PerConn || freeSchema.PerConn {
		t.Errorf("%d fields, per conversation %v and %v", len(allSchema.Fields), allSchema.PerConn, freeSchema.PerConn)
	}
}

// A record is written for every packet that completes something, so it must not
// allocate, whatever its fields are.
func TestAllocs(t *testing.T) {
	r := Record{TS: 1, Conn: someConn, Body: &all{
		Text: "text", Uint: 1, When: 5, Count: N(7), Texts: []string{"a"}, Ints: []int{1}, Intervals: []Interval{1},
	}}
	buf := make([]byte, 0, 1024)
	if n := testing.AllocsPerRun(100, func() { buf = r.AppendJSON(buf[:0]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	r.Body = &all{IP: netid.IPv4(1, 2, 3, 4), MAC: netid.MAC{1}, IPs: []netid.IP{{1}}}
	if n := testing.AllocsPerRun(100, func() { buf = r.AppendJSON(buf[:0]) }); n > 3 {
		t.Errorf("%v allocations with addresses", n)
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	r := Record{TS: 1_704_067_200_123_456_789, Conn: someConn, Body: &all{
		Text: "one of some length", Yes: true, Uint: 104, When: 5, Long: 1_500_000, Count: N(7), Texts: []string{"a", "b"},
	}}
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = r.AppendJSON(buf[:0])
	}
}

func BenchmarkAppendString(b *testing.B) {
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendString(buf[:0], "1.2.840.10008.5.1.4.1.1.2 CT Image Storage")
	}
}
