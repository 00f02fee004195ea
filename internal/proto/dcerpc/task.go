package dcerpc

import (
	"fmt"
	"strings"

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
