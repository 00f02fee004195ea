package dcerpc

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"lazaret/internal/prototest"
)

// process are the parameters of Win32_Process Create as impacket marshals them.
const process = "4d454f570400000081a612dc7f73cf11884d00aa004b2e2412f890453a1dd011891f00aa004b2e240000000024010000785634121c01000002c000000000000000000d00000004000000040000000300" +
	"00000e0000001b0000002d0000003f000000510000006c000000550000000000000000000000007e000080005f5f504152414d45544552530000436f6d6d616e644c696e650008000000000000000000" +
	"00000000040000000043757272656e744469726563746f7279000800000001000400000000000000040000000050726f6365737353746172747570496e666f726d6174696f6e000d0000000200080000" +
	"0000000000040000005b0000000000000000300e000000330000000000000004000000013c000080005f5f504152414d4554455253000163006d0064002e0065007800650020002f00510020002f0063" +
	"00200064006900720000000143003a005c000000"

// object is a reference to an object of WMI with texts and numbers.
func object(class string, properties ...any) []byte {
	le := binary.LittleEndian
	narrow := func(s string) []byte { return append(append([]byte{0}, s...), 0) }
	heap, own := narrow(class), narrow(class)
	var lookup, values []byte
	n := len(properties) / 2
	for i := range n {
		lookup = le.AppendUint32(lookup, uint32(len(heap)))
		heap = append(heap, narrow(properties[2*i].(string))...)
		lookup = le.AppendUint32(lookup, uint32(len(heap)))
		kind, v := uint32(19), uint32(0)
		switch x := properties[2*i+1].(type) {
		case string:
			kind, v = 8, uint32(len(own))
			own = append(own, narrow(x)...)
		case int:
			v = uint32(x)
		}
		heap = le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint32(heap, kind), uint16(i)), uint32(4*i)), 0)
		heap = le.AppendUint32(heap, 4)
		values = le.AppendUint32(values, v)
	}
	states := make([]byte, (n+3)/4)
	sized := func(b []byte) []byte { return append(le.AppendUint32(nil, uint32(len(b)+4)), b...) }
	table := func(b, h []byte) []byte { return append(le.AppendUint32(b, 0x80000000|uint32(len(h))), h...) }
	k := (&stub{}).u8(0, 0, 0, 0, 0).b
	k = le.AppendUint32(k, uint32(len(states)+len(values)))
	k = le.AppendUint32(append(k, 4, 0, 0, 0, 4, 0, 0, 0), uint32(n))
	k = append(append(append(k, lookup...), states...), make([]byte, len(values))...)
	in := append(append(append([]byte{0, 0, 0, 0, 0}, states...), values...), 4, 0, 0, 0, 1)
	block := append(append([]byte{2}, sized(table(k, heap))...), sized(table(in, own))...)
	s := (&stub{}).u8([]byte("MEOW")...).u32(4).guid("dc12a681-737f-11cf-884d-00aa004b2e24").guid("4590f812-1d3a-11d0-891f-00aa004b2e24").u32(0).u32(0)
	return s.u32(0x12345678).u32(uint32(len(block))).u8(block...).b
}

// carry writes a pointer to a reference.
func carry(s *stub, b []byte) {
	s.ref().word(uint64(len(b))).u32(uint32(len(b))).u8(b...)
}

func bstr(s *stub, v string) {
	s.ref().word(uint64(len(v))).u32(uint32(2 * len(v))).u32(uint32(len(v)))
	for _, c := range v {
		s.u16(uint16(c))
	}
	s.align(4)
}

// execute writes a method with its parameters.
func execute(path, method string, params []byte) func(*stub) {
	return func(s *stub) {
		orpc(s)
		bstr(s, path)
		bstrAlign(s)
		bstr(s, method)
		s.u32(0).null()
		carry(s, params)
		s.ref().null().null()
	}
}

// gave writes what a method gave back.
func gave(properties ...any) func(*stub) {
	return func(s *stub) {
		s.u32(0).null().ref()
		carry(s, object("__PARAMETERS", properties...))
		s.null().u32(0)
	}
}

// TestManagement reads what WMI is told to do, and what came of it.
func TestManagement(t *testing.T) {
	made, err := hex.DecodeString(process)
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) func(*stub) {
		return func(s *stub) { orpc(s); carry(s, b); s.u32(0).null().null() }
	}
	for name, c := range map[string]struct {
		opnum       uint16
		ask, answer func(*stub)
		want        string
	}{
		"process": {24, execute("Win32_Process", "Create", made), gave("ProcessId", 4711, "ReturnValue", 0),
			`ExecMethod accepted Win32_Process method Create: cmd.exe /Q /c dir [CurrentDirectory=C:\]  [ProcessId=4711] 0`},
		"process, refused": {24, execute("Win32_Process", "Create", object("__PARAMETERS", "CommandLine", "net user x s3cretPASS /add")), gave("ReturnValue", 2),
			`ExecMethod accepted Win32_Process method Create: net user ~account:def54ac2 ~ /add []  [] 2`},
		"service": {25, execute("Win32_Service", "Create", object("__PARAMETERS", "Name", "x", "PathName", `C:\x.exe -p s3cretPASS`, "StartMode", "Automatic", "StartName", `.\svc`, "StartPassword", "s3cretPASS", "ServiceType", 16)), nil,
			`ExecMethodAsync  Win32_Service method Create: C:\x.exe -p ~ [Name=x StartMode=Automatic StartPassword=~ ServiceType=16] .\svc [] -`},
		"registry": {24, execute("StdRegProv", "SetStringValue", object("__PARAMETERS", "hDefKey", 0x80000002, "sSubKeyName", `SOFTWARE\Run`, "sValueName", "DefaultPassword", "sValue", "s3cretPASS")), nil,
			`ExecMethod  StdRegProv method SetStringValue:  [hDefKey=2147483650 sSubKeyName=SOFTWARE\Run sValueName=DefaultPassword sValue=~]  [] -`},
		"filter": {14, put(object("__EventFilter", "Name", "upd", "Query", "SELECT * FROM __InstanceModificationEvent WITHIN 60", "QueryLanguage", "WQL")), nil,
			`PutInstance  __EventFilter.Name="upd" : SELECT * FROM __InstanceModificationEvent WITHIN 60 [Name=upd QueryLanguage=WQL]  [] -`},
		"consumer": {15, put(object("CommandLineEventConsumer", "Name", "upd", "CommandLineTemplate", `C:\Windows\Temp\x.exe`)), nil,
			`PutInstanceAsync  CommandLineEventConsumer.Name="upd" : C:\Windows\Temp\x.exe [Name=upd]  [] -`},
		"mail": {14, put(object("SMTPEventConsumer", "Message", "s3cretPASS", "ToLine", "s3cretPASS")), nil,
			`PutInstance  SMTPEventConsumer :  [Message=~ ToLine=~]  [] -`},
		"another reference": {14, put(properties(uuidOf("wmi"))), nil, `PutInstance   :  []  [] -`},
		"deleted class":     {10, func(s *stub) { orpc(s); bstr(s, "Evil"); s.u32(0).null().null() }, nil, `DeleteClass  Evil :  []  [] -`},
	} {
		for _, f := range []form{{}, {wide: true}} {
			r, fl := once(t, f, "wmi", c.opnum, c.ask, c.answer)
			code := "-"
			if r.ReturnValue.OK {
				code = fmt.Sprint(r.ReturnValue.V)
			}
			if got := fmt.Sprintf("%s %s %s %s: %s %v %s %v %s", r.Operation, r.Outcome, r.Target, r.Detail, r.Command, r.Arguments, r.Account, r.Answers, code); got != c.want {
				t.Errorf("%s %+v:\n got %s\nwant %s", name, f, got, c.want)
			}
			if l := prototest.Leaks(fl.Records, []string{"s3cret"}); len(l) > 0 {
				t.Errorf("%s tells %v", name, l)
			}
		}
	}
	many := make([]any, 0, 80)
	for i := range 40 {
		many = append(many, fmt.Sprint("P", i), strings.Repeat("x ", 700))
	}
	if r, _ := once(t, form{}, "wmi", 14, put(object("X", many...)), nil); len(r.Arguments) > maxArguments {
		t.Errorf("%d arguments", len(r.Arguments))
	}
}

// orpc writes the implicit first parameter of a call on an object.
func orpc(s *stub) *stub {
	return s.u16(5).u16(7).u32(0).u32(0).guid(uuidOf("wmi")).null()
}

func TestObjects(t *testing.T) {
	const mmc = "49b2791a-b1ae-4c90-9b8e-e860ba07f889"
	for _, f := range []form{{}, {wide: true}} {
		r, _ := once(t, f, "activation", 0, func(s *stub) { orpc(s).guid(mmc) }, func(s *stub) { s.u32(0) })
		if r.Target != "MMC20.Application" || r.Detail != "class "+mmc || r.Operation != "RemoteActivation" {
			t.Errorf("%+v", r)
		}
		r, _ = once(t, f, "wmi", 24, func(s *stub) { orpc(s); bstr(s, "Win32_Process"); bstrAlign(s); bstr(s, "Create") }, func(s *stub) { s.u32(0x80041003) })
		if r.Target != "Win32_Process" || r.Detail != "method Create" || r.Outcome != "refused" || r.Operation != "ExecMethod" {
			t.Errorf("%+v: %+v", f, r)
		}
		r, _ = once(t, f, "wmi", 20, func(s *stub) { orpc(s); bstr(s, "WQL"); bstrAlign(s); bstr(s, "SELECT * FROM Win32_Service") }, nil)
		if r.Command != "SELECT * FROM Win32_Service" {
			t.Errorf("%+v: %+v", f, r)
		}
	}
}

func bstrAlign(s *stub) {
	if s.wide {
		s.align(8)
	}
}

// properties are the marshaled properties of an activation of a class.
func properties(class string) []byte {
	in := (&stub{}).u8([]byte("MEOW")...).u32(4).guid("000001a2-0000-0000-c000-000000000046").guid("00000338-0000-0000-c000-000000000046").u32(0).u32(0)
	in.u32(0).u32(0) // of the blob
	head := (&stub{}).u8(1, 0x10, 8, 0, 0xcc, 0xcc, 0xcc, 0xcc).u32(0).u32(0)
	size := 16 + 20 + 16 + 12 + 4 + 32 + 4 + 8
	head.u32(0).u32(uint32(size)).u32(0).u32(2).u32(2).guid("00000000-0000-0000-0000-000000000000").ref().ref().null()
	head.u32(2).guid("000001b9-0000-0000-c000-000000000046").guid("000001ab-0000-0000-c000-000000000046").u32(2).u32(24).u32(40)
	in.u8(head.b...)
	in.u8(make([]byte, 24+16)...).guid(class).u32(1).u32(2)
	return in.b
}

func TestActivation(t *testing.T) {
	const windows = "9ba05972-f6a8-11cf-a442-00a0c90a8f39"
	p := properties(windows)
	r, _ := once(t, form{}, "activator", 4, func(s *stub) { orpc(s).null().ref().word(uint64(len(p))).u32(uint32(len(p))).u8(p...) }, func(s *stub) { s.u32(0x80070005) })
	if r.Target != "ShellWindows" || r.Detail != "class "+windows || r.Outcome != "refused" || r.Operation != "RemoteCreateInstance" {
		t.Errorf("%+v", r)
	}
	r, _ = once(t, form{}, "activator", 3, func(s *stub) { orpc(s).ref().word(uint64(len(p))).u32(uint32(len(p))).u8(p...) }, nil)
	if r.Target != "ShellWindows" {
		t.Errorf("%+v", r)
	}
	for n := range p {
		activatedClass(p[:n])
	}
}
