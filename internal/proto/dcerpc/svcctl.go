package dcerpc

import (
	"fmt"
	"strings"

	"lazaret/internal/ndr"
)

// svcctlCalls read what is done to services (MS-SCMR 3.1.4).
var svcctlCalls = map[uint16]decoder{
	1:  {ask: controlService},
	11: {ask: changeService(true)},
	12: {ask: createService(true), answer: createdService},
	15: {ask: openManager(true)},
	16: {ask: openService(true), answer: opensFirst},
	19: {ask: startService(true)},
	20: {ask: openService(true)}, // which asks for the name that a service is shown by
	23: {ask: changeService(false)},
	24: {ask: createService(false), answer: createdService},
	27: {ask: openManager(false)},
	28: {ask: openService(false), answer: opensFirst},
	31: {ask: startService(false)},
	44: {ask: createService(false), answer: createdService},
	45: {ask: createService(true), answer: createdService},
	51: {ask: controlService},
	60: {ask: createService(true), answer: createdService},
}

// serviceTypes and startTypes are the words of MS-SCMR 2.2.15.
var (
	serviceTypes = map[uint32]string{1: "kernel_driver", 2: "file_system_driver", 0x10: "own_process", 0x20: "share_process", 0x50: "user_own_process", 0x60: "user_share_process", 0x110: "own_process_interactive", 0x120: "share_process_interactive"}
	startTypes   = map[uint32]string{0: "boot", 1: "system", 2: "auto", 3: "demand", 4: "disabled"}
	controls     = map[uint32]string{1: "stop", 2: "pause", 3: "continue", 4: "interrogate", 5: "shutdown", 6: "param_change"}
)

// noChange leaves a setting as it is (MS-SCMR 3.1.4.11).
const noChange = 0xffffffff

// serviceDetail says start and type of a service.
func serviceDetail(kind, start uint32) string {
	var words []string
	if start != noChange {
		words = append(words, "start "+word(startTypes, start))
	}
	if kind != noChange {
		words = append(words, "type "+word(serviceTypes, kind))
	}
	return strings.Join(words, ", ")
}

func word(m map[uint32]string, v uint32) string {
	if s, ok := m[v]; ok {
		return s
	}
	return fmt.Sprintf("0x%x", v)
}

// openManager reads ROpenSCManagerW and A (MS-SCMR 3.1.4.15, 3.1.4.27).
func openManager(wide bool) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		c.rec.Target, c.rec.Server = "", ""
		if wide {
			c.rec.Server = machine(r.UniqueText(true))
			return
		}
		c.rec.Server = machine(r.UniqueText(false))
	}
}

// machine is the name of a server without its backslashes.
func machine(s string) string { return strings.TrimLeft(s, `\`) }

// openService reads ROpenServiceW and A (MS-SCMR 3.1.4.16, 3.1.4.28).
func openService(wide bool) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		r.Handle()
		c.opens = a.shown(r.Text(wide))
		c.rec.Target = c.opens
	}
}

// createService reads RCreateServiceW and its kin (MS-SCMR 3.1.4.12, 3.1.4.24,
// 3.1.4.44, 3.1.4.45, 3.1.4.60). The password is not looked at.
func createService(wide bool) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		r.Handle()
		c.opens = a.shown(r.Text(wide))
		c.rec.Target = c.opens
		c.rec.Display = a.shown(r.UniqueText(wide))
		r.U32() // access
		kind, start := r.U32(), r.U32()
		r.U32() // error control
		c.rec.Command = a.command(r.Text(wide))
		if r.OK() {
			c.rec.Detail = serviceDetail(kind, start)
		}
		r.UniqueText(wide) // load order group
		if r.Pointer() {   // tag
			r.U32()
		}
		r.UniqueBytes() // dependencies
		r.U32()
		c.rec.Account = r.UniqueText(wide)
	}
}

// createdService reads the answer: an optional tag, then the handle.
func createdService(a *analyzer, c *call, r *ndr.Reader) { opensLast(a, c, r) }

// changeService reads RChangeServiceConfigW and A (MS-SCMR 3.1.4.11, 3.1.4.23). The
// password is passed over.
func changeService(wide bool) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		r.Handle()
		kind, start := r.U32(), r.U32()
		r.U32() // error control
		if !r.OK() {
			return
		}
		c.rec.Detail = serviceDetail(kind, start)
		c.rec.Command = a.command(r.UniqueText(wide))
		r.UniqueText(wide) // load order group
		if r.Pointer() {
			r.U32()
		}
		r.UniqueBytes() // dependencies
		r.U32()
		c.rec.Account = r.UniqueText(wide)
		r.UniqueBytes() // password
		r.U32()
		c.rec.Display = a.shown(r.UniqueText(wide))
	}
}

// maxArguments bounds the arguments of a start that are kept.
const maxArguments = 16

// startService reads RStartServiceW and A (MS-SCMR 3.1.4.19, 3.1.4.31).
func startService(wide bool) func(*analyzer, *call, *ndr.Reader) {
	return func(a *analyzer, c *call, r *ndr.Reader) {
		r.Handle()
		if n := r.U32(); n == 0 || !r.Pointer() {
			return
		}
		n := r.Count(4)
		there := make([]bool, min(n, maxArguments))
		for i := range n {
			p := r.Pointer()
			if i < len(there) {
				there[i] = p
			}
		}
		var words []string
		for _, ok := range there {
			if ok {
				words = append(words, r.Text(wide))
			}
		}
		if s := strings.Join(words, " "); r.OK() {
			c.rec.Command = a.command(s[:min(len(s), ndr.MaxText)])
		}
	}
}

// controlService reads RControlService (MS-SCMR 3.1.4.2).
func controlService(_ *analyzer, c *call, r *ndr.Reader) {
	r.Handle()
	if v := r.U32(); r.OK() {
		c.rec.Detail = word(controls, v)
	}
}
