package dcerpc

import (
	"unsafe"

	"lazaret/internal/ndr"
	"lazaret/internal/proto"
)

// opened is what a context handle stands for.
type opened struct {
	handle ndr.Handle
	name   string
}

// handled says whether the operations of an interface begin with a handle whose
// name is known.
func (x *face) handled() bool {
	if x == nil || x.info == nil {
		return false
	}
	switch x.info.Name {
	case "svcctl", "winreg", "samr", "lsarpc":
		return true
	}
	return false
}

// called gives the name of what a handle stands for.
func (a *analyzer) called(h ndr.Handle) string {
	for i := len(a.handles) - 1; i >= 0; i-- {
		if a.handles[i].handle == h {
			return a.handles[i].name
		}
	}
	return ""
}

// remember joins a handle to a name. Beyond the bound the oldest is forgotten.
func (a *analyzer) remember(h ndr.Handle, name string) {
	if name == "" || h == (ndr.Handle{}) {
		return
	}
	a.forget(h)
	if len(a.handles) >= maxHandles {
		a.weird(weirdForgotten)
		a.handles = append(a.handles[:0], a.handles[1:]...)
	}
	a.handles = append(a.handles, opened{h, name})
}

func (a *analyzer) forget(h ndr.Handle) {
	for i := len(a.handles) - 1; i >= 0; i-- {
		if a.handles[i].handle == h {
			a.handles = append(a.handles[:i], a.handles[i+1:]...)
			return
		}
	}
}

// closed forgets the handle of an operation that closes it.
func (a *analyzer) closed(c *call) {
	switch c.rec.Operation {
	case "CloseServiceHandle", "BaseRegCloseKey", "SamrCloseHandle", "LsarClose":
		a.forget(c.subject)
	}
}

// opensFirst and opensLast read the handle of what a call opened: at the front of
// the answer, or before the return value at its end.
func opensFirst(a *analyzer, c *call, r *ndr.Reader) { a.remember(r.Handle(), c.opens) }

func opensLast(a *analyzer, c *call, r *ndr.Reader) {
	const code = 4
	r.Skip(r.Len() - len(ndr.Handle{}) - code)
	if h := r.Handle(); r.OK() {
		a.remember(h, c.opens)
	}
}

var _ proto.Holder = (*analyzer)(nil)

// Held implements proto.Holder.
func (a *analyzer) Held() int {
	return int(unsafe.Sizeof(*a)) + cap(a.contexts)*int(unsafe.Sizeof(context{})) + cap(a.handles)*96 +
		len(a.calls)*int(unsafe.Sizeof(call{})+unsafe.Sizeof(Record{})+256) + a.joined
}

// Yield implements proto.Holder: calls that only wait for an answer are told, and
// what was being joined is let go.
func (a *analyzer) Yield() {
	for i := 0; i < len(a.calls); i++ {
		c := &a.calls[i]
		if c.asked {
			a.emit(c)
			a.drop(i)
			i--
			continue
		}
		a.joined -= len(c.stub)
		c.stub, c.torn = nil, true
	}
	if len(a.calls) == 0 {
		a.calls = nil
	}
}
