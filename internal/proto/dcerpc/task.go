package dcerpc

import (
	"fmt"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/ndr"
)

// atsvcCalls read jobs of the old scheduler (MS-TSCH 3.2.5.2).
var atsvcCalls = map[uint16]decoder{
	0: {ask: addJob, answer: addedJob},
	1: {ask: namesServer},
	2: {ask: namesServer},
	3: {ask: namesServer},
}

// namesServer reads calls whose first parameter is the name of the server.
func namesServer(_ *analyzer, c *call, r *ndr.Reader) { c.rec.Server = machine(r.UniqueText(true)) }

// addJob reads NetrJobAdd (MS-TSCH 3.2.5.2.1): when and what.
func addJob(a *analyzer, c *call, r *ndr.Reader) {
	namesServer(a, c, r)
	r.AlignWord()
	at := r.Word() / 1000 // milliseconds after midnight (MS-TSCH 2.3.4)
	month, week, flags := r.U32(), r.U8(), r.U8()
	command := r.Pointer()
	if !r.OK() {
		return
	}
	c.rec.Detail = fmt.Sprintf("at %02d:%02d:%02d", at/3600%24, at/60%60, at%60)
	if month != 0 {
		c.rec.Detail += fmt.Sprintf(", days of month 0x%x", month)
	}
	if week != 0 {
		c.rec.Detail += fmt.Sprintf(", days of week 0x%x", week)
	}
	if flags&1 != 0 {
		c.rec.Detail += ", periodically"
	}
	if command {
		c.rec.Command = a.command(r.Wide())
	}
}

// addedJob reads the number of the job.
func addedJob(_ *analyzer, c *call, r *ndr.Reader) {
	if n := r.U32(); r.OK() && n != 0 {
		c.rec.Target = fmt.Sprintf("job %d", n)
	}
}

// taskCalls read tasks of the scheduler (MS-TSCH 3.2.5.4).
var taskCalls = map[uint16]decoder{
	1:  {ask: registerTask},
	2:  {ask: namesTask},
	3:  {ask: namesTask},
	4:  {ask: namesTask},
	5:  {ask: namesTask},
	6:  {ask: namesTask},
	7:  {ask: namesTask},
	11: {ask: maybeNamesTask},
	12: {ask: runTask},
	13: {ask: namesTask},
	14: {ask: namesTask},
	16: {ask: namesTask},
	17: {ask: namesTask},
	19: {ask: namesTask},
}

// namesTask reads calls whose first parameter is the path of a task or a folder.
func namesTask(a *analyzer, c *call, r *ndr.Reader) { c.rec.Target = a.shown(r.Wide()) }

func maybeNamesTask(a *analyzer, c *call, r *ndr.Reader) { c.rec.Target = a.shown(r.UniqueText(true)) }

// runTask reads SchRpcRun (MS-TSCH 3.2.5.4.13).
func runTask(a *analyzer, c *call, r *ndr.Reader) {
	namesTask(a, c, r)
	n := r.U32()
	if !r.Pointer() || n == 0 {
		return
	}
	n = uint32(r.Count(4))
	for range n {
		r.Pointer()
	}
	var words []string
	for range min(n, maxArguments) {
		words = append(words, r.Wide())
	}
	if s := strings.Join(words, " "); r.OK() {
		c.rec.Command = a.command(s[:min(len(s), ndr.MaxText)])
	}
}

// registerTask reads SchRpcRegisterTask (MS-TSCH 3.2.5.4.2): the path, and of the
// definition what is to run and as whom. Credentials are not looked at.
func registerTask(a *analyzer, c *call, r *ndr.Reader) {
	c.rec.Target = a.shown(r.UniqueText(true))
	xml := r.WideN(maxStub / 2)
	flags := r.U32()
	if r.OK() {
		c.rec.Detail = "flags " + word(taskFlags, flags)
	}
	c.taskXML(a, xml)
}

// taskFlags are the flags of registration that stand alone (MS-TSCH 2.3.1).
var taskFlags = map[uint32]string{1: "validate_only", 2: "create", 4: "update", 6: "create_or_update", 8: "disable"}

// maxActions bounds the actions of a task that are kept.
const maxActions = 8

// taskXML reads the actions of a task's definition (MS-TSCH 2.5.1).
func (c *call) taskXML(a *analyzer, xml string) {
	c.rec.Account = strings.TrimSpace(element(xml, "UserId"))
	var out []string
	for range maxActions {
		_, rest, ok := strings.Cut(xml, "<Exec")
		if !ok {
			break
		}
		action, after, _ := strings.Cut(rest, "</Exec>")
		line := strings.TrimSpace(element(action, "Command") + " " + element(action, "Arguments"))
		if line != "" {
			out = append(out, line)
		}
		xml = after
	}
	s := strings.Join(out, "; ")
	c.rec.Command = a.command(cutText(s))
	if class := element(xml, "ClassId"); class != "" && c.rec.Command == "" {
		c.rec.Command = a.shown("class " + strings.TrimSpace(class))
	}
}

// cutText bounds a text.
func cutText(s string) string {
	if len(s) <= ndr.MaxText {
		return s
	}
	return strings.ToValidUTF8(s[:ndr.MaxText], "")
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

// element is the text of the first element of a name.
func element(xml, name string) string {
	_, rest, ok := strings.Cut(xml, "<"+name+">")
	if !ok {
		return ""
	}
	text, _, ok := strings.Cut(rest, "</"+name+">")
	if !ok {
		return ""
	}
	return entities.Replace(text)
}

// winregCalls read keys and names of values (MS-RRP 3.1.5). Values are not read.
var winregCalls = map[uint16]decoder{
	0: openRoot("HKCR"), 1: openRoot("HKCU"), 2: openRoot("HKLM"), 3: openRoot("HKPD"), 4: openRoot("HKU"),
	27: openRoot("HKCC"), 28: openRoot("HKDD"), 32: openRoot("HKPT"), 33: openRoot("HKPN"),
	6: {ask: openKey, answer: opensFirst}, 15: {ask: openKey, answer: opensFirst},
	7: {ask: namesKey}, 8: {ask: namesValue}, 17: {ask: namesValue}, 35: {ask: namesKey},
	22: {ask: setValue},
	13: {ask: namesFile(true)}, 19: {ask: namesFile(false)}, 20: {ask: namesFile(false)}, 31: {ask: namesFile(false)},
}

// openRoot opens a predefined key.
func openRoot(name string) decoder {
	return decoder{ask: func(_ *analyzer, c *call, _ *ndr.Reader) { c.opens, c.rec.Target = name, name }, answer: opensFirst}
}

// below is the path of a key under the one that a call is about.
func (c *call) below(a *analyzer, name string) string {
	name = a.shown(name)
	if base := a.called(c.subject); base != "" && name != "" {
		name = base + `\` + name
	} else if name == "" {
		name = base
	}
	return cutText(name)
}

// openKey reads BaseRegCreateKey and BaseRegOpenKey (MS-RRP 3.1.5.7, 3.1.5.15).
func openKey(a *analyzer, c *call, r *ndr.Reader) {
	namesKey(a, c, r)
	c.opens = c.rec.Target
}

func namesKey(a *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	c.rec.Target = c.below(a, r.CountedString())
}

// namesValue reads calls about one value of a key.
func namesValue(a *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	name := r.CountedString()
	c.rec.Target = c.below(a, "")
	if name == "" {
		name = "(default)"
	}
	c.rec.Detail = "value " + a.shown(name)
}

// valueTypes are the types of values (MS-RRP 2.2.5).
var valueTypes = map[uint32]string{0: "REG_NONE", 1: "REG_SZ", 2: "REG_EXPAND_SZ", 3: "REG_BINARY", 4: "REG_DWORD", 5: "REG_DWORD_BIG_ENDIAN", 6: "REG_LINK", 7: "REG_MULTI_SZ", 11: "REG_QWORD"}

// setValue reads BaseRegSetValue (MS-RRP 3.1.5.22): name, type and size.
func setValue(a *analyzer, c *call, r *ndr.Reader) {
	namesValue(a, c, r)
	kind := r.U32()
	n := r.Count(1)
	if r.OK() {
		c.rec.Detail += fmt.Sprintf(", %s, %d bytes", word(valueTypes, kind), n)
		c.rec.Count = event.Count{}
	}
}

// namesFile reads calls that save, load or restore a key (MS-RRP 3.1.5.13, 3.1.5.19,
// 3.1.5.20, 3.1.5.28).
func namesFile(sub bool) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		r.Handle()
		key := ""
		if sub {
			key = r.CountedString()
		}
		c.rec.Target = c.below(a, key)
		c.rec.Detail = "file " + a.shown(r.CountedString())
	}
}
