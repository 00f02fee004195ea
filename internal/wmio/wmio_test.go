package wmio

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

var le = binary.LittleEndian

func u32(b []byte, v ...uint32) []byte {
	for _, x := range v {
		b = le.AppendUint32(b, x)
	}
	return b
}

// narrow and wide are encoded texts.
func narrow(s string) []byte { return append(append([]byte{0}, s...), 0) }

func wide(s string) []byte {
	b := []byte{1}
	for _, c := range append(utf16.Encode([]rune(s)), 0) {
		b = le.AppendUint16(b, c)
	}
	return b
}

// field is a property under test.
type field struct {
	name  string
	kind  uint32
	state byte
	value any // text for the heap, or a number
}

// tablesOf are states and values of fields, with their texts on a heap.
func tablesOf(fields []field, h *[]byte) (b []byte) {
	b = make([]byte, (len(fields)+3)/4)
	for i, f := range fields {
		b[i/4] |= f.state << (i % 4 * 2)
	}
	for _, f := range fields {
		n := Type(f.kind &^ (arrayOf | inherited)).size()
		if f.kind&arrayOf != 0 {
			n = 4
		}
		var v uint64
		switch x := f.value.(type) {
		case []byte:
			v = uint64(len(*h))
			*h = append(*h, x...)
		case int:
			v = uint64(x)
		}
		b = append(b, le.AppendUint64(nil, v)[:n]...)
	}
	return b
}

// classOf is a class with defaults.
func classOf(name string, parents []string, fields []field) []byte {
	h := narrow(name)
	var lookup []byte
	at := 0
	for i, f := range fields {
		lookup = u32(lookup, uint32(len(h)))
		h = append(h, narrow(f.name)...)
		lookup = u32(lookup, uint32(len(h)))
		h = u32(h, f.kind)
		h = le.AppendUint16(h, uint16(i))
		h = u32(h, uint32(at), 0, 4) // its place, the class that brought it, no qualifiers
		n := Type(f.kind &^ (arrayOf | inherited)).size()
		if f.kind&arrayOf != 0 {
			n = 4
		}
		at += n
	}
	tables := tablesOf(fields, &h)
	b := append(u32(nil), 0)
	b = u32(b, 0, uint32(len(tables)))
	var list []byte
	for _, p := range parents {
		list = u32(append(list, narrow(p)...), uint32(len(p)+6))
	}
	b = append(u32(b, uint32(len(list)+4)), list...)
	b = u32(b, 4, uint32(len(fields)))
	b = append(append(b, lookup...), tables...)
	b = append(u32(b, 0x80000000|uint32(len(h))), h...)
	return append(u32(nil, uint32(len(b)+4)), b...)
}

// unit wraps an object.
func unit(flags byte, parts ...[]byte) []byte {
	b := append([]byte{flags}, slices.Concat(parts...)...)
	return append(u32(nil, signature, uint32(len(b))), b...)
}

// instanceOf is the second half of an instance.
func instanceOf(name string, fields []field, qualifiers []byte) []byte {
	h := narrow(name)
	b := u32([]byte{0}, 0)
	b = append(b, tablesOf(fields, &h)...)
	b = append(u32(b, 4), qualifiers...)
	b = append(u32(b, 0x80000000|uint32(len(h))), h...)
	return append(u32(nil, uint32(len(b)+4)), b...)
}

var plain = []byte{1}

// said is an object in one line.
func said(o *Object) string {
	var out []string
	for v := range o.Values {
		s := fmt.Sprintf("%s=%d", v.Name, v.Number)
		if v.Type.Textual() && !v.Array {
			s = fmt.Sprintf("%s=%q", v.Name, v.Text)
		}
		if v.Array {
			s = v.Name + "[]"
		}
		out = append(out, s)
	}
	return fmt.Sprintf("%s %s %s %s %v %v", o.Class, o.Parents, o.Server, o.Namespace, o.Definition, out)
}

// process are the fields of a process to be made.
func process(line any) []field {
	return []field{{"CommandLine", uint32(String), 0, line}, {"CurrentDirectory", uint32(String), 1, 0}, {"ProcessStartupInformation", uint32(Nested), 3, 0}}
}

func params(line any) []byte {
	c := []field{{"CommandLine", uint32(String), 1, 0}, {"CurrentDirectory", uint32(String), 1, 0}, {"ProcessStartupInformation", uint32(Nested), 1, 0}}
	return unit(flagInstance, classOf("__PARAMETERS", nil, c), instanceOf("__PARAMETERS", process(line), plain))
}

// all is an object with a property of each type.
func all() []byte {
	defaults := []field{{"A", uint32(Sint8), 0, 1}, {"B", uint32(Uint8), 0, 0}, {"C", uint32(Sint16), 0, 0}, {"D", uint32(Uint16), 0, 0}, {"E", uint32(Sint32), 0, 0},
		{"F", uint32(Uint32), 0, 0}, {"G", uint32(Sint64), 0, 0}, {"H", uint32(Uint64), 0, 0}, {"I", uint32(Boolean), 0, 0}, {"J", uint32(Char16), 0, 0}, {"K", uint32(Real32), 0, 0},
		{"L", uint32(Datetime) | inherited, 0, narrow("default")}, {"M", uint32(String), 0, 0}, {"N", uint32(String) | arrayOf, 0, 0}, {"O", uint32(Uint32), 1, 0}, {"P", uint32(Sint64), 0, -4}}
	set := slices.Clone(defaults)
	for i, v := range []any{-1, 255, -2, 65535, -3, 1 << 31, -5, -1, 0xffff, 0x41, 7, 0, wide("Grüße 𝄞"), 9, 3, 0} {
		set[i].value = v
	}
	set[11].state, set[14].state, set[15].state = 2, 2, 2
	return unit(flagInstance|flagDecorated, narrow("CT1"), narrow(`ROOT\CIMV2`), classOf("Win32_Process", []string{"CIM_Process", "CIM_LogicalElement"}, defaults),
		instanceOf("Win32_Process", set, append([]byte{2}, slices.Repeat([]byte{4, 0, 0, 0}, len(set))...)))
}

func definition() []byte {
	none := []byte{12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	parent := classOf("CIM_Process", nil, []field{{"Handle", uint32(String), 1, 0}})
	return unit(flagClass, parent, none, classOf("Evil", []string{"CIM_Process"}, []field{{"Payload", uint32(String), 0, narrow("TVqQ")}}), none)
}

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want string
	}{
		"bytes":      {params(narrow("cmd.exe /c dir")), `__PARAMETERS []   false [CommandLine="cmd.exe /c dir"]`},
		"characters": {params(wide("cmd.exe /c dir")), `__PARAMETERS []   false [CommandLine="cmd.exe /c dir"]`},
		"all": {all(), `Win32_Process [CIM_Process CIM_LogicalElement] CT1 ROOT\CIMV2 false [A=-1 B=255 C=-2 D=65535 E=-3 F=2147483648 G=-5 H=-1 I=1 J=65 K=0 L="default" ` +
			`M="Grüße 𝄞" N[] P=-4]`},
		"class": {definition(), `Evil [CIM_Process]   true [Payload="TVqQ"]`},
		"empty": {unit(flagInstance, classOf("X", nil, nil), instanceOf("Y", nil, plain)), `Y []   false []`},
		"long":  {params(narrow(strings.Repeat("x", 5000))), fmt.Sprintf(`__PARAMETERS []   false [CommandLine=%q]`, strings.Repeat("x", MaxText))},
	} {
		o, ok := Read(c.in)
		if got := said(&o); !ok || got != c.want {
			t.Errorf("%s: %v\n got %s\nwant %s", name, ok, got, c.want)
		}
		for n := range c.in {
			if x, ok := Read(c.in[:n]); ok {
				t.Errorf("%s: %d of %d bytes are taken: %s", name, n, len(c.in), said(&x))
			}
		}
	}
	o, _ := Read(params(narrow("cmd")))
	if s := o.Text("commandline"); s != "cmd" {
		t.Errorf("%q", s)
	}
	if n, ok := o.Number("CommandLine"); ok {
		t.Errorf("a text is the number %d", n)
	}
	o, _ = Read(all())
	if n, ok := o.Number("f"); !ok || n != 1<<31 {
		t.Error(n, ok)
	}
	if s := o.Text("Z"); s != "" {
		t.Error(s)
	}
}

// TestLies holds that what the standard does not allow is refused, and that one wrong
// reference costs one property.
func TestLies(t *testing.T) {
	good := params(narrow("cmd"))
	for name, lie := range map[string]func(b []byte){
		"signature":           func(b []byte) { b[0] = 0 },
		"class and instance":  func(b []byte) { b[8] |= flagClass },
		"neither":             func(b []byte) { b[8] = 0 },
		"length of the class": func(b []byte) { b[9]++ },
		"tables":              func(b []byte) { le.PutUint32(b[18:], 0) },
		"parents":             func(b []byte) { le.PutUint32(b[22:], 3) },
		"many properties":     func(b []byte) { le.PutUint32(b[30:], MaxProperties+1) },
		"length":              func(b []byte) { le.PutUint32(b[4:], 1<<31) },
	} {
		b := slices.Clone(good)
		lie(b)
		if o, ok := Read(b); ok {
			t.Errorf("%s: %s", name, said(&o))
		}
	}
	b := slices.Clone(good)
	le.PutUint32(b[34:], 0xffff) // name of the first property
	if o, ok := Read(b); !ok || strings.Contains(said(&o), "cmd") {
		t.Errorf("%v %s", ok, said(&o))
	}
	le.PutUint32(b[34:], 0x80000008) // a word of the dictionary
	if o, ok := Read(b); !ok || o.Text("cimwin32") != "cmd" {
		t.Errorf("%v %s", ok, said(&o))
	}
}

func FuzzRead(f *testing.F) {
	for _, b := range [][]byte{params(narrow("cmd.exe /c dir")), params(wide("cmd")), all(), definition()} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, ok := Read(b)
		if !ok {
			return
		}
		n := 0
		for v := range o.Values {
			n++
			if len(v.Name) > 4*maxName || len(v.Text) > 4*MaxText || v.Name == "" {
				t.Errorf("%d bytes of name, %d of text", len(v.Name), len(v.Text))
			}
		}
		if n > MaxProperties || len(o.Parents) > maxDepth || len(o.Class) > 4*maxName {
			t.Errorf("%d properties, %d classes", n, len(o.Parents))
		}
	})
}

func BenchmarkRead(b *testing.B) {
	in := params(narrow("cmd.exe /c dir"))
	b.ReportAllocs()
	for b.Loop() {
		o, _ := Read(in)
		if o.Text("CommandLine") == "" {
			b.Fatal("no text")
		}
	}
}
