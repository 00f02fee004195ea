// Package dcerpc reads remote procedure calls of DCE/RPC (C706, MS-RPCE): the
// connection-oriented protocol over TCP on any port and over the pipes of SMB, and
// the headers of the connectionless one over UDP.
//
// Each call becomes one record of the log dce_rpc: interface, operation, how it was
// authenticated, and how it ended: accepted, refused, failed, or without an answer.
// Binds and altered contexts say which interface a context stands for; one that was
// not seen is known from the endpoint mapper's answer or from the pipe's name.
// Fragments are joined in both byte orders. Where a verdict needs words the
// parameters are read: services that are created, changed and started, jobs and
// tasks, registry keys and value names, shares and sessions that are listed, domains
// and accounts that are enumerated, ports that the endpoint mapper gives, classes
// that are activated, objects of WMI, drivers of printers. Handles are joined to what
// was opened, so that a start tells which service.
//
// A sealed call still shows its interface and operation and says that it is closed.
// Passwords, challenges and keys in parameters are passed over without a look; texts
// and numbers of the registry are told, but for secrets by their name and what is
// binary; command lines lose what looks like a password.
// Tokens of authentication go on to "gssapi" and "ntlm".
//
// A file each: the units of the protocol (pdu.go), contexts and authentication
// (bind.go), calls (call.go), handles (handle.go), the datagrams (clless.go), and the
// parameters by interface. A call to be read is a line in a decoder table and a
// function. What may be shown of paths and commands is said by package cmdline.
//
// Memory: contexts, calls and handles are bounded tables with counted losses, of the
// parameters of a call at most 64 KiB and of all calls 256 KiB are joined; the stream
// keeps at most one fragment.
package dcerpc

import (
	"lazaret/internal/cmdline"
	"lazaret/internal/event"
	"lazaret/internal/ndr"
	"lazaret/internal/proto"
	"lazaret/internal/rpcdb"
)

// Spec declares DCE/RPC. The name is Zeek's.
var Spec = proto.Spec{
	Name:       name,
	Doc:        "DCE/RPC over TCP, SMB pipes and UDP: interface and operation of every call, its outcome, and what it is about",
	Transports: proto.TCP | proto.UDP | proto.Inner,
	Ports:      []uint16{135, 593, 49152, 49153, 49154, 49155, 49664, 49665, 49666, 49667, 49668},
	Probe:      probe,
	New:        newAnalyzer,
	Records:    []*event.Schema{Schema},
	Budget:     1 << 16,
}

const name = "dce_rpc"

// Bounds of what is kept of one association.
const (
	maxContexts = 64
	maxCalls    = 256
	maxHandles  = 128
	maxEarly    = 64
	maxStub     = 64 << 10  // joined of one call and direction
	maxJoined   = 256 << 10 // joined of all calls
	maxWhole    = 16 << 10  // longer fragments are passed over if nobody wants their parameters
	maxWeirds   = 8         // of one kind
	maxNames    = 32
)

// analyzer is the state of one association.
type analyzer struct {
	f        proto.Flow
	begun    bool
	client   proto.Dir
	lost     [2]bool // bytes are missing: a header must be looked for
	ended    [2]bool
	contexts []context
	assumed  *face // of calls whose context is unknown
	pipe     string
	auth     security // of the newest bind
	pending  bool     // of an authentication the outcome
	via      string   // protocol that was handed tokens
	blind    bool     // a sealed call was counted
	user     string   // who calls, as far as a server granted it
	claimed  string   // who will, if it does
	claims   bool     // the token that is handed on is the client's
	calls    []call   // waiting, the oldest first
	joined   int      // bytes in calls
	handles  []opened // the oldest first
	early    []early  // answers that came before their requests, the oldest first
	weirds   [3]uint8
}

func newAnalyzer(f proto.Flow) any {
	a := &analyzer{f: f}
	about := f.About()
	if about.Carrier == name { // announced by the endpoint mapper
		if u, ok := rpcdb.ParseUUID(about.Name); ok {
			a.assumed = newFace(u, 0, 0)
		}
		return a
	}
	if about.Name != "" {
		pipe := pipeName(about.Name)
		a.pipe, a.user = `\pipe\`+pipe, about.User
		if i := rpcdb.ByPipe(pipe); i != nil {
			a.assumed = newFace(i.UUID, 0, 0)
		}
	}
	return a
}

// Codes of weirds that are told of at most maxWeirds times.
const (
	weirdNoBind = iota
	weirdNoRequest
	weirdForgotten
)

var weirdNames = [...]string{"opnum_without_bind", "response_without_request", "call_forgotten"}

func (a *analyzer) weird(code int) {
	if a.weirds[code] < maxWeirds {
		a.weirds[code]++
		a.f.Weird(weirdNames[code], 0)
	}
}

// shown and command give a path, and a command line, as they may be told.
func (a *analyzer) shown(s string) string   { return cmdline.Marker(a.f.Pseudonym).Shown(s) }
func (a *analyzer) command(s string) string { return cmdline.Marker(a.f.Pseudonym).Command(s) }

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	done := 0
	for done < len(b) {
		rest := b[done:]
		if len(rest) < headLen {
			return proto.Progress{Done: done, Need: headLen}, nil
		}
		h, ok := parseHead(rest)
		if !ok {
			if a.lost[d] {
				return proto.Progress{Done: len(b)}, nil
			}
			return proto.Progress{}, &proto.Error{Code: "bad_header", Offset: done}
		}
		a.lost[d] = false
		n := h.length
		if n > maxWhole {
			if len(rest) < mostHead {
				return proto.Progress{Done: done, Need: mostHead}, nil
			}
			if !a.wants(d, h, rest) {
				d = a.unit(d, h, rest[:mostHead])
				done += n
				continue
			}
		}
		if len(rest) < n {
			return proto.Progress{Done: done, Need: n}, nil
		}
		d = a.unit(d, h, rest[:n])
		done += n
	}
	return proto.Progress{Done: done}, nil
}

// Gap implements proto.Analyzer: what was being joined in this direction is torn.
func (a *analyzer) Gap(d proto.Dir, _ int) bool {
	a.lost[d] = true
	for i := range a.calls {
		c := &a.calls[i]
		if c.from == d {
			c.torn = c.torn || !c.asked
		} else {
			c.broken = true
		}
	}
	return true
}

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	a.ended[d] = true
	if a.ended[d.Other()] {
		a.Close()
	}
}

// Close implements proto.Datagram: calls that wait are told without an answer.
func (a *analyzer) Close() {
	for i := range a.calls {
		a.emit(&a.calls[i])
	}
	for range a.early {
		a.weird(weirdNoRequest)
	}
	a.calls, a.early, a.joined = nil, nil, 0
}

// begin learns who is the client from the first unit.
func (a *analyzer) begin(d proto.Dir, fromServer bool) proto.Dir {
	a.begun, a.client = true, d
	if fromServer {
		a.client = d.Other()
	}
	if a.client == proto.Resp && a.f.Flip() {
		a.client = proto.Orig
		a.lost[0], a.lost[1] = a.lost[1], a.lost[0]
		return d.Other()
	}
	return d
}

// face is an interface as a context names it.
type face struct {
	uuid         rpcdb.UUID
	info         *rpcdb.Interface // nil if it has no name
	major, minor uint16
	version      string // as it was bound, empty if that was not seen
	decoders     map[uint16]decoder
	result       rpcdb.Kind
}

func newFace(u rpcdb.UUID, major, minor uint16) *face {
	x := &face{uuid: u, info: rpcdb.Lookup(u), major: major, minor: minor}
	if x.info != nil {
		x.decoders, x.result = decoders[x.info.Name], x.info.Result
	}
	return x
}

// decoder reads the parameters of one operation.
type decoder struct {
	ask    func(a *analyzer, c *call, r *ndr.Reader)
	answer func(a *analyzer, c *call, r *ndr.Reader)
}

// decoders are the operations whose parameters are read, by the name of the
// endpoint.
var decoders = map[string]map[uint16]decoder{
	"svcctl":                svcctlCalls,
	"atsvc":                 atsvcCalls,
	"ITaskSchedulerService": taskCalls,
	"winreg":                winregCalls,
	"srvsvc":                srvsvcCalls,
	"wkssvc":                wkssvcCalls,
	"samr":                  samrCalls,
	"lsarpc":                lsarpcCalls,
	"netlogon":              netlogonCalls,
	"epmapper":              epmapperCalls,
	"spoolss":               spoolssCalls,
	"IRemoteSCMActivator":   activatorCalls,
	"IActivation":           activationCalls,
	"IWbemServices":         wbemCalls,
	"IWbemLevel1Login":      loginCalls,
	"IRemoteWinspool":       winspoolCalls,
}
