package dicom

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/dataset"
	"lazaret/internal/event"
	"lazaret/internal/prototest"
)

// stored is the record of one C-STORE of the given data set.
func stored(t *testing.T, syntax string, data []byte) (*Operation, []string) {
	t.Helper()
	f := prototest.Feed(&Spec, join(opened(syntax, ctStorage), []prototest.Segment{
		from(orig, send(1, 50, storeRQ(1), data)), from(resp, send(1, frag, storeRSP(1, 0), nil))}, released()))
	op, ok := f.Records[0].Body.(*Operation)
	if !ok {
		t.Fatalf("no operation: %s", f.JSON())
	}
	return op, f.Weirds
}

// asked is the record of one C-FIND with the given keys.
func asked(t *testing.T, syntax string, els ...el) *Operation {
	t.Helper()
	f := prototest.Feed(&Spec, join(opened(syntax, studyFind), []prototest.Segment{
		from(orig, send(1, 30, rq(0x20, 1, studyFind, true), encode(syntax, els...))),
		from(resp, send(1, frag, rsp(0x20, 1, studyFind, 0, false), nil))}, released()))
	if len(f.Weirds) > 0 {
		t.Errorf("weirds %v", f.Weirds)
	}
	return f.Records[0].Body.(*Operation)
}

func TestDataSets(t *testing.T) {
	modality := el{tag: 0x00080060, vr: "CS", value: "MR"}
	model := el{tag: 0x00081090, vr: "LO", value: "Model"}
	seq := func(tag uint32, undef bool, items ...[]el) el {
		return el{tag: tag, vr: "SQ", undef: undef, items: items}
	}
	inner := []el{{tag: 0x00080060, vr: "CS", value: "XX"}, {tag: 0x00081090, vr: "LO", value: "inner"}}
	for _, c := range []struct {
		name string
		els  []el
	}{
		{"plain", []el{modality, model}},
		{"sequence of known length passed over", []el{modality, seq(0x00081032, false, inner, inner), model}},
		{"sequence of unknown length walked", []el{modality, seq(0x00081032, true, inner, inner), model}},
		{"empty sequences", []el{modality, seq(0x00081032, true), seq(0x00081049, false), model}},
		{"sequences within sequences", []el{modality, seq(0x00081032, true, []el{seq(0x00081032, false, inner), seq(0x00081049, true, inner)}, inner), model}},
		{"private sequence", []el{modality, seq(0x00091001, true, inner), {tag: 0x00091010, vr: "OB", value: strings.Repeat("x", 5000)}, model}},
		{"group lengths", []el{{tag: 0x00080000, vr: "UL", value: "\x00\x00\x00\x00"}, modality, model}},
		{"long text before", []el{modality, {tag: 0x00080081, vr: "ST", value: strings.Repeat("a", 9000)}, model}},
		{"the model twice", []el{modality, model, {tag: 0x00081090, vr: "LO", value: "second"}}},
	} {
		for _, syntax := range []string{implicitLE, explicitLE, explicitBE} {
			t.Run(c.name+" "+syntax, func(t *testing.T) {
				slices.SortStableFunc(c.els, func(a, b el) int { return int(a.tag) - int(b.tag) })
				op, weirds := stored(t, syntax, encode(syntax, c.els...))
				if op.Modality != "MR" || op.Model != "Model" || len(weirds) > 0 {
					t.Errorf("modality %q, model %q, weirds %v", op.Modality, op.Model, weirds)
				}
			})
		}
	}
}

func TestUnknownVRSequence(t *testing.T) {
	// UN of undefined length holds items in implicit VR (PS3.5 6.2.2).
	data := cat(encode(explicitLE, el{tag: 0x00080060, vr: "CS", value: "MR"}),
		[]byte("\x09\x00\x01\x10UN\x00\x00\xff\xff\xff\xff"),
		[]byte("\xfe\xff\x00\xe0\xff\xff\xff\xff"), encode(implicitLE, el{tag: 0x00081090, vr: "LO", value: "inner"}),
		[]byte("\xfe\xff\x0d\xe0\x00\x00\x00\x00\xfe\xff\xdd\xe0\x00\x00\x00\x00"),
		encode(explicitLE, el{tag: 0x00181000, vr: "LO", value: "S1"}))
	op, weirds := stored(t, explicitLE, data)
	if op.Serial != "S1" || op.Model != "" || len(weirds) > 0 {
		t.Errorf("serial %q, model %q, weirds %v", op.Serial, op.Model, weirds)
	}
}

func TestReadBound(t *testing.T) {
	// More elements than are read, then a wanted one: it is not found.
	els := []el{{tag: 0x00080060, vr: "CS", value: "MR"}}
	for i := range dataset.MaxRead / 8 {
		els = append(els, el{tag: 0x00091000 + uint32(i&0xff), vr: "SH"})
	}
	els = append(els, el{tag: 0x00181000, vr: "LO", value: "S1"})
	op, _ := stored(t, explicitLE, encode(explicitLE, els...))
	if op.Modality != "MR" || op.Serial != "" {
		t.Errorf("modality %q, serial %q", op.Modality, op.Serial)
	}
}

func TestQueryKeys(t *testing.T) {
	da := func(v string) el { return el{tag: 0x00080020, vr: "DA", value: v} }
	for _, c := range []struct {
		name string
		els  []el
		want Operation
	}{
		{"universal", []el{da(""), {tag: 0x00100010, vr: "PN"}, {tag: 0x0020000d, vr: "UI"}}, Operation{ReturnKeys: 3}},
		{"one day", []el{da("20260228")}, Operation{QueryKeys: []string{"StudyDate"}, DateRangeDays: event.N(1)}},
		{"a leap year", []el{da("20240101-20241231")}, Operation{QueryKeys: []string{"StudyDate"}, DateRangeDays: event.N(366)}},
		{"no end", []el{da("20240101-")}, Operation{QueryKeys: []string{"StudyDate"}, DateRangeOpen: true}},
		{"no beginning", []el{da("-20240101")}, Operation{QueryKeys: []string{"StudyDate"}, DateRangeOpen: true}},
		{"no date at all", []el{da("yesterday")}, Operation{QueryKeys: []string{"StudyDate"}}},
		{"backwards", []el{da("20240102-20240101")}, Operation{QueryKeys: []string{"StudyDate"}}},
		{"a birthday is no range", []el{{tag: 0x00100030, vr: "DA", value: "19700101-20000101"}}, Operation{QueryKeys: []string{"PatientBirthDate"}}},
		{"wild cards", []el{{tag: 0x00080050, vr: "SH", value: "A?1"}, {tag: 0x00100010, vr: "PN", value: "**"}},
			Operation{QueryKeys: []string{"AccessionNumber", "PatientName"}, Wildcards: []string{"AccessionNumber", "PatientName=*"}}},
		{"level and modality", []el{{tag: 0x00080052, vr: "CS", value: "SERIES"}, {tag: 0x00080060, vr: "CS", value: "MR"}},
			Operation{QueryLevel: "SERIES", Modality: "MR", QueryKeys: []string{"Modality"}}},
		{"list of studies", []el{{tag: 0x0020000d, vr: "UI", value: "1.2\\1.3"}}, Operation{QueryKeys: []string{"StudyInstanceUID"}}},
		{"long list of studies", []el{{tag: 0x0020000d, vr: "UI", value: strings.Repeat("1.2\\", 100) + "1.2"}}, Operation{QueryKeys: []string{"StudyInstanceUID"}}},
		{"private key", []el{{tag: 0x00091001, vr: "LO", value: "x"}}, Operation{QueryKeys: []string{"00091001"}}},
		{"filled sequence", []el{{tag: 0x00321064, vr: "SQ", items: [][]el{{{tag: 0x00080100, vr: "SH", value: "X"}, {tag: 0x00080102, vr: "SH"}}}}},
			Operation{QueryKeys: []string{"CodeValue"}, ReturnKeys: 1}},
		{"empty sequence", []el{{tag: 0x00321064, vr: "SQ"}}, Operation{ReturnKeys: 1}},
	} {
		for _, syntax := range []string{implicitLE, explicitLE, explicitBE} {
			op := asked(t, syntax, c.els...)
			got := Operation{ReturnKeys: op.ReturnKeys, QueryKeys: op.QueryKeys, Wildcards: op.Wildcards, QueryLevel: op.QueryLevel,
				Modality: op.Modality, DateRangeDays: op.DateRangeDays, DateRangeOpen: op.DateRangeOpen}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s %s:\n got %+v\nwant %+v", c.name, syntax, got, c.want)
			}
		}
	}
}

// TestSamePatient checks that padding does not change a pseudonym.
func TestSamePatient(t *testing.T) {
	hashes := map[string]bool{}
	for _, v := range []string{"4711", "4711 ", " 4711", "4711\x00", "4711  "} {
		op, _ := stored(t, explicitLE, encode(explicitLE, el{tag: 0x00100020, vr: "LO", value: v}))
		hashes[op.Patient] = true
	}
	if want := prototest.NewFlow().Pseudonym("patient", []byte("4711")); len(hashes) != 1 || !hashes[want] {
		t.Errorf("hashes %v, want %s alone", hashes, want)
	}
	for _, v := range []string{"", "  ", "\x00\x00"} {
		if op, _ := stored(t, explicitLE, encode(explicitLE, el{tag: 0x00100020, vr: "LO", value: v})); op.Patient != "" {
			t.Errorf("the empty id %q has the hash %s", v, op.Patient)
		}
	}
}

func TestTexts(t *testing.T) {
	for _, c := range []struct{ charset, raw, want string }{
		{"", "Sietec", "Sietec"},
		{"", "M\xfcnster", `M\xfcnster`},
		{"", "Münster", "Münster"},
		{"ISO_IR 100", "M\xfcnster", "Münster"},
		{"ISO_IR 192", "東京病院", "東京病院"},
		{"ISO_IR 192", "broken \xff", `broken \xff`},
		{"ISO_IR 144", "\xb3\xde\xe0\xde\xd4", "Город"},
		{"ISO_IR 126", "\xc1\xe8", "Αθ"},
		{"ISO_IR 13", "\xb6\xc5", "ｶﾅ"},
		{"\\ISO 2022 IR 87", "\x1b$BElKL\x1b(B", "東北"},
		{"\\ISO 2022 IR 149", "\x1b$)C\xb1\xe8", "김"},
		{"GB18030", "\xb1\xb1\xbe\xa9", "北京"},
		{"ISO_IR 999", "x\xfc", `x\xfc`},
		{"", "a\x1b[31mb", "a[31mb"},
		{"ISO_IR 192", "a\u0085\u202eb", "ab"},
		{"", "  padded \x00", "padded"},
		{"", strings.Repeat("x", 100), strings.Repeat("x", 64)},
		{"ISO_IR 192", strings.Repeat("ü", 100), strings.Repeat("ü", 64)},
	} {
		op, _ := stored(t, explicitLE, encode(explicitLE,
			el{tag: 0x00080005, vr: "CS", value: c.charset}, el{tag: 0x00080080, vr: "LO", value: c.raw}))
		if op.Institution != c.want {
			t.Errorf("%q in %q: %q, want %q", c.raw, c.charset, op.Institution, c.want)
		}
	}
}

// TestStatusNames holds the classes of PS3.7 annex C.
func TestStatusNames(t *testing.T) {
	for s, want := range map[uint64]string{
		0x0000: "success", 0xff00: "pending", 0xff01: "pending", 0xfe00: "cancel",
		0x0001: "warning", 0x0107: "warning", 0x0116: "warning", 0xb000: "warning", 0xb007: "warning", 0xbfff: "warning",
		0x0105: "failure", 0x0106: "failure", 0x0110: "failure", 0x0122: "failure", 0x0211: "failure",
		0xa700: "failure", 0xa900: "failure", 0xc000: "failure", 0xcfff: "failure",
	} {
		if got := statusName(s); got != want {
			t.Errorf("%04x: %s, want %s", s, got, want)
		}
	}
}

// TestCanaries looks for invented patient data and secrets in everything that
// comes out of all conversations, whole, with every byte damaged in turn, and
// with losses.
func TestCanaries(t *testing.T) {
	secrets := []string{"KANARIENVOGEL", "ADA", canaryID, "CANARY", canaryAcc, canaryUID, canaryPass, "operator", "nested"}
	check := func(name string, f *prototest.Flow) {
		out := f.JSON() + strings.Join(f.Weirds, " ") + strings.Join(f.Blinds, " ")
		for _, s := range secrets {
			if strings.Contains(out, s) {
				t.Fatalf("%s: %q came out: %s", name, s, out)
			}
		}
	}
	for _, s := range scenarios() {
		check(s.name, prototest.Feed(&Spec, s.segs))
		for k, seg := range s.segs {
			for at := 0; at < len(seg.Data); at += 1 + len(seg.Data)/50 {
				segs := slices.Clone(s.segs)
				segs[k].Data = slices.Clone(seg.Data)
				segs[k].Data[at] ^= 0x41
				check(fmt.Sprintf("%s, byte %d of segment %d", s.name, at, k), prototest.Feed(&Spec, segs))
			}
		}
	}
}
