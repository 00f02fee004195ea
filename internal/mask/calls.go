package mask

import (
	"encoding/binary"

	"lazaret/internal/rpcdb"
)

// managing are the interfaces whose parameters are kept: those by which machines are managed, and
// intruders move. Others carry what people work with: a printer's, the documents.
var managing = map[string]bool{"svcctl": true, "atsvc": true, "ITaskSchedulerService": true, "winreg": true, "epmapper": true, "samr": true, "lsarpc": true, "netlogon": true,
	"drsuapi": true, "dsaop": true, "BackupKey": true, "dssetup": true, "srvsvc": true, "wkssvc": true, "netdfs": true, "efsrpc": true, "FileServerVssAgent": true, "eventlog": true, "mgmt": true,
	"InitShutdown": true, "WindowsShutdown": true, "TermSrvEnumeration": true, "TermSrvSession": true, "winstation_rpc": true, "pnp": true, "IObjectExporter": true, "IActivation": true,
	"IRemoteSCMActivator": true, "IRemUnknown": true, "IRemUnknown2": true, "IDispatch": true, "IWbemServices": true, "IWbemLevel1Login": true, "IWbemLoginHelper": true, "IWbemLoginClientID": true}

// interfaces are what the presentation contexts of a conversation were bound to. One that was
// ever bound to an interface that is not kept stays out: pipes of one conversation share them.
type interfaces struct {
	kept, out map[uint16]bool
}

// maxContexts bounds the contexts that are told apart; others are not kept.
const maxContexts = 256

// bind takes a bind or an alter context (C706 12.6.4.3, 12.6.4.1).
func (n *interfaces) bind(b []byte, order binary.ByteOrder) {
	if n.kept == nil {
		n.kept, n.out = map[uint16]bool{}, map[uint16]bool{}
	}
	if len(b) < 28 {
		return
	}
	list := b[28:]
	for range b[24] {
		if len(list) < 24 || len(n.kept)+len(n.out) >= maxContexts {
			return
		}
		id, size := order.Uint16(list), 24+20*int(list[2])
		var u rpcdb.UUID
		copy(u[:], list[4:20])
		if order == binary.LittleEndian { // the first three parts are numbers
			u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7] = u[3], u[2], u[1], u[0], u[5], u[4], u[7], u[6]
		}
		if known := rpcdb.Lookup(u); known != nil && managing[known.Name] {
			n.kept[id] = true
		} else {
			n.out[id] = true
		}
		if len(list) < size {
			return
		}
		list = list[size:]
	}
}

// Kinds of messages (C706 12.6.4).
const (
	callRequest  = 0
	callResponse = 2
	callFault    = 3
	callBind     = 11
	callAlter    = 14
)

// keepCall keeps a message of remote procedure calls: of those with parameters only the head,
// unless they are of an interface that is kept.
func (t *talk) keepCall(d, off int, b []byte) {
	var order binary.ByteOrder = binary.BigEndian
	if b[4]&0x10 != 0 {
		order = binary.LittleEndian
	}
	switch b[2] {
	case callBind, callAlter:
		t.calls.bind(b, order)
	case callRequest, callResponse, callFault:
		if len(b) < 24 {
			t.keep(d, off, len(b))
			return
		}
		if id := order.Uint16(b[20:]); !t.calls.kept[id] || t.calls.out[id] {
			t.keep(d, off, 24)
			return
		}
	}
	t.keepSealed(d, off, b)
}

// keepCalls keeps messages of remote procedure calls that stand one behind the other.
func (t *talk) keepCalls(d, off int, b []byte) bool {
	size, ok := calling(b)
	if !ok || size > len(b) {
		return false
	}
	for ok && size <= len(b) {
		t.keepCall(d, off, b[:size])
		off, b = off+size, b[size:]
		size, ok = calling(b)
	}
	return true
}

// calls follows remote procedure calls over TCP.
type calls struct{ longest int }

func (*calls) lost(int) bool { return false }

func (c *calls) walk(t *talk, d int, b []byte) (done, need int, ok bool) {
	for {
		rest := b[done:]
		if len(rest) < 16 {
			return done, 16, true
		}
		size, ok := calling(rest)
		if !ok || size > c.longest {
			return done, 0, false
		}
		if len(rest) < size {
			return done, size, true
		}
		t.keepCall(d, done, rest[:size])
		done += size
	}
}
