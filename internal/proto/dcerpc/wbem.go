package dcerpc

import (
	"strconv"
	"strings"

	"lazaret/internal/cmdline"
	"lazaret/internal/event"
	"lazaret/internal/ndr"
	"lazaret/internal/rpcdb"
	"lazaret/internal/wmio"
)

// wbemCalls read what is asked of WMI (MS-WMI 3.1.4.3), loginCalls which namespace is
// logged in to (3.1.4.1).
var (
	wbemCalls = map[uint16]decoder{
		3: {ask: wbemObject}, 6: {ask: wbemObject}, 7: {ask: wbemObject}, 10: {ask: wbemObject}, 11: {ask: wbemObject}, 16: {ask: wbemObject},
		17: {ask: wbemObject}, 18: {ask: wbemObject}, 19: {ask: wbemObject},
		8: {ask: wbemPut}, 9: {ask: wbemPut}, 14: {ask: wbemPut}, 15: {ask: wbemPut},
		20: {ask: wbemQuery}, 21: {ask: wbemQuery}, 22: {ask: wbemQuery}, 23: {ask: wbemQuery},
		24: {ask: wbemMethod, answer: wbemResult}, 25: {ask: wbemMethod},
	}
	loginCalls = map[uint16]decoder{6: {ask: wbemLogin}}
)

// wbemText reads a BSTR (MS-WMI 2.2.6, MS-OAUT 2.2.23).
func wbemText(r *ndr.Reader) string {
	if !r.Pointer() {
		return ""
	}
	n := r.Count(2)
	r.U32()
	r.U32()
	s := ndr.Chars(r.Bytes(2*n), ndr.MaxText)
	r.Align(4)
	return s
}

// wbemLogin reads NTLMLogin (MS-WMI 3.1.4.1.4).
func wbemLogin(a *analyzer, c *call, r *ndr.Reader) {
	orpcThis(r)
	if s := r.UniqueText(true); r.OK() {
		c.rec.Target = a.shown(s)
	}
}

// wbemObject reads calls about one object, class or namespace.
func wbemObject(a *analyzer, c *call, r *ndr.Reader) {
	orpcThis(r)
	if s := wbemText(r); r.OK() {
		c.rec.Target = a.shown(s)
	}
}

// wbemQuery reads ExecQuery and its kin: language and query.
func wbemQuery(a *analyzer, c *call, r *ndr.Reader) {
	orpcThis(r)
	wbemText(r)
	if s := wbemText(r); r.OK() {
		c.rec.Command = a.shown(s)
	}
}

// wbemMethod reads ExecMethod and ExecMethodAsync (MS-WMI 3.1.4.3.22, 3.1.4.3.23):
// object, method and its parameters.
func wbemMethod(a *analyzer, c *call, r *ndr.Reader) {
	orpcThis(r)
	object := wbemText(r)
	method := wbemText(r)
	if !r.OK() {
		return
	}
	c.rec.Target, c.rec.Detail = a.shown(object), "method "+a.shown(method)
	r.U32() // flags
	interfacePointer(r)
	if o, ok := wbemClassObject(interfacePointer(r)); ok {
		a.objectTexts(c, &o)
	}
}

// wbemPut reads calls that put a class or an instance (MS-WMI 3.1.4.3.8 to 3.1.4.3.15),
// such as a subscription to events: its class, name and texts.
func wbemPut(a *analyzer, c *call, r *ndr.Reader) {
	orpcThis(r)
	o, ok := wbemClassObject(interfacePointer(r))
	if !ok {
		return
	}
	c.rec.Target = a.shown(o.Class)
	if name := o.Text("Name"); name != "" {
		c.rec.Target = a.shown(o.Class + `.Name="` + name + `"`)
	}
	a.objectTexts(c, &o)
}

// wbemResult reads what a method gave back (MS-WMI 3.1.4.3.22): its return value, and
// the process that it made.
func wbemResult(a *analyzer, c *call, r *ndr.Reader) {
	r.U32() // flags of the implicit first parameter (MS-DCOM 2.2.13.4)
	if r.Pointer() || !r.Pointer() {
		return
	}
	o, ok := wbemClassObject(interfacePointer(r))
	if !ok {
		return
	}
	if n, ok := o.Number("ReturnValue"); ok && n >= 0 {
		c.rec.ReturnValue = event.N(uint64(n))
	}
	for v := range o.Values {
		if v.Type.Whole() && !v.Array && !strings.EqualFold(v.Name, "ReturnValue") && len(c.rec.Answers) < maxArguments {
			c.rec.Answers = append(c.rec.Answers, a.shown(v.Name)+"="+strconv.FormatInt(v.Number, 10))
		}
	}
}

// interfacePointer reads a pointer to a marshaled object (MS-DCOM 2.2.14); nil if it
// has none.
func interfacePointer(r *ndr.Reader) []byte {
	if !r.Pointer() {
		return nil
	}
	n := r.Count(1)
	if r.U32() != uint32(n) {
		r.Fail()
	}
	return r.Bytes(n)
}

// classObject is the class that reads objects of WMI (MS-WMI 1.9).
var classObject = rpcdb.UUID{0x45, 0x90, 0xf8, 0x12, 0x1d, 0x3a, 0x11, 0xd0, 0x89, 0x1f, 0x00, 0xaa, 0x00, 0x4b, 0x2e, 0x24}

// wbemClassObject reads the object within a reference.
func wbemClassObject(b []byte) (o wmio.Object, ok bool) {
	class, data := custom(b)
	if class != classObject {
		return o, false
	}
	return wmio.Read(data)
}

// What is told of the texts of an object. programTexts are the properties that say
// what is to run, the most telling first; untold are those that hold what people
// wrote.
var (
	programTexts = [...]string{"CommandLine", "CommandLineTemplate", "PathName", "Command", "Query", "ScriptText"}
	untold       = [...]string{"Message", "Subject", "Text", "Description", "Comment", "ToLine", "CcLine", "BccLine", "FromLine", "ReplyToLine"}
)

// objectTexts tells of the texts and numbers of an object: what is to run, as which
// account, and the rest by name.
func (a *analyzer) objectTexts(c *call, o *wmio.Object) {
	program := ""
	for _, name := range programTexts {
		if s := o.Text(name); s != "" {
			program, c.rec.Command = name, a.command(s)
			break
		}
	}
	if s := o.Text("StartName"); s != "" {
		c.rec.Account = s
	}
	for v := range o.Values {
		s := ""
		switch {
		case v.Array || strings.EqualFold(v.Name, program) || strings.EqualFold(v.Name, "StartName"):
			continue
		case v.Type.Whole():
			s = strconv.FormatInt(v.Number, 10)
		case v.Type != wmio.String && v.Type != wmio.Reference || v.Text == "":
			continue
		case isUntold(v.Name), cmdline.Secret(v.Name), strings.EqualFold(v.Name, "sValue") && cmdline.Secret(o.Text("sValueName")):
			s = cmdline.Hidden
		default:
			s = a.command(v.Text)
		}
		c.argument(a.shown(v.Name), s)
	}
}

func isUntold(name string) bool {
	for _, s := range untold {
		if strings.EqualFold(s, name) {
			return true
		}
	}
	return false
}

// argument adds one of what a call is given.
func (c *call) argument(name, value string) {
	if len(c.rec.Arguments) < maxArguments {
		c.rec.Arguments = append(c.rec.Arguments, name+"="+value)
	}
}
