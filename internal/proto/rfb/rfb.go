// Package rfb understands the opening of the remote framebuffer protocol, VNC (RFC
// 6143): versions, the kinds of security offered and chosen, whether the viewer was
// let in, and the name and size of the screen. The log is Zeek's rfb.
//
// It refuses to look at what is on the screen and at what is typed: after the
// server's initialisation all bytes of both sides pass by at no cost. Challenges,
// responses, user names and passwords of any kind of security are passed over and
// never kept. Where the security is TLS (types 18 and 19) the bytes go to the
// dispatcher as TLS; a kind that is not public is counted as blind.
//
// The server is who sends its version first, whichever side opened the
// conversation, since viewers may listen. The handshake is a strict exchange of
// turns; bytes that come before their turn wait, at most maxWait of them, then the
// rest of the conversation is let go. Bytes given to Parse are the sensor's; the
// name of the screen is copied and cut at maxName.
package rfb

import (
	"math"

	"lazaret/internal/event"
	"lazaret/internal/proto"
)

// Spec declares RFB.
var Spec = proto.Spec{
	Name:       "rfb",
	Doc:        "VNC: versions, security, screen",
	Transports: proto.TCP | proto.Inner,
	Ports:      []uint16{5900, 5901, 5902, 5800},
	Probe:      probe,
	New:        func(f proto.Flow) any { return &analyzer{f: f} },
	Records:    []*event.Schema{Schema},
	Budget:     4096,
}

// Bounds of what hostile bytes can make an analyzer keep.
const (
	maxWait = 2048    // bytes that wait for their turn
	maxName = 256     // bytes of the screen's name in a record
	longest = 1 << 16 // bytes of a name or a reason; who claims more is not followed
	helloAt = 12      // length of a version message (RFC 6143 7.1.1)
)

// Record is one conversation, in the words of Zeek's rfb log.
type Record struct {
	ClientMajor string      `log:"client_major_version" doc:"Version of the viewer, major"`
	ClientMinor string      `log:"client_minor_version" doc:"Version of the viewer, minor"`
	ServerMajor string      `log:"server_major_version" doc:"Version of the server, major"`
	ServerMinor string      `log:"server_minor_version" doc:"Version of the server, minor"`
	Method      string      `log:"authentication_method" doc:"Kind of security chosen"`
	Auth        event.Bool  `log:"auth" doc:"The viewer was let in"`
	Share       event.Bool  `log:"share_flag" doc:"The viewer leaves others connected"`
	Desktop     string      `log:"desktop_name" doc:"Name of the screen; often of the user or the host" class:"person"`
	Width       event.Count `log:"width" doc:"Width of the screen, pixels"`
	Height      event.Count `log:"height" doc:"Height of the screen, pixels"`
	Offered     []string    `log:"security_types" doc:"Kinds of security that the server offers"`

	// Reversed says that the server seems to have opened the conversation. It is
	// not logged.
	Reversed bool
}

// Schema declares the log rfb.
var Schema = event.NewSchema[Record]("rfb", "VNC: one record for each conversation")

// Schema implements event.Payload.
func (*Record) Schema() *event.Schema { return Schema }

// probe recognises the version message of either side.
func probe(_ proto.Dir, b []byte) proto.Match {
	const form = "RFB ddd.ddd\n"
	for i := range min(len(b), len(form)) {
		if c := b[i]; form[i] == 'd' && (c < '0' || c > '9') || form[i] != 'd' && c != form[i] {
			return proto.No
		}
	}
	if len(b) < len(form) {
		return proto.Maybe
	}
	return proto.Yes
}

// name is Zeek's word for a kind of security (RFC 6143 7.1.2 and its registry).
func name(kind uint32) string {
	switch kind {
	case 0:
		return "Invalid"
	case 1:
		return "None"
	case 2:
		return "VNC"
	case 16:
		return "Tight"
	case 17:
		return "Ultra"
	case 18:
		return "TLS"
	case 19:
		return "VeNCrypt"
	case 20:
		return "GTK-VNC SASL"
	case 21:
		return "MD5 hash authentication"
	case 22:
		return "Colin Dean xvp"
	case 30:
		return "Apple Remote Desktop"
	}
	if kind >= 3 && kind <= 15 || kind >= 128 && kind <= 255 {
		return "RealVNC"
	}
	return "unknown"
}

type analyzer struct {
	f      proto.Flow
	began  event.Time
	known  bool
	server proto.Dir
	step   step
	told   bool // the record is out
	over   bool // nothing is looked at any more
	tls    bool // all bytes go to the dispatcher
	old    bool // version 3.3: the server decides alone (RFC 6143 7.1.2)
	silent bool // no result follows security None (versions before 3.8)
	ended  [2]bool
	size   int // of the field that comes next, where a message named it
	rec    Record
}

// Parse implements proto.Analyzer.
func (a *analyzer) Parse(d proto.Dir, b []byte) (proto.Progress, error) {
	if !a.known {
		a.known, a.server, a.began = true, d, a.f.Now()
		a.rec.Reversed = d == proto.Orig
	}
	done := 0
	for done < len(b) {
		rest := b[done:]
		switch {
		case a.over:
			return proto.Progress{Done: math.MaxInt32}, nil
		case a.tls:
			a.f.Hand(d, rest, "ssl")
			return proto.Progress{Done: len(b)}, nil
		case turns[a.step].server != (d == a.server):
			if len(rest) > maxWait {
				a.emit()
				continue
			}
			return proto.Progress{Done: done, Need: len(rest) + 1}, nil
		}
		need := turns[a.step].size
		if need == 0 {
			need = a.size
		}
		if len(rest) < need {
			return proto.Progress{Done: done, Need: need}, nil
		}
		skip, err := turns[a.step].take(a, rest[:need])
		if err != nil {
			return proto.Progress{}, err
		}
		if done += need + skip; done > len(b) {
			return proto.Progress{Done: done}, nil
		}
	}
	return proto.Progress{Done: done}, nil
}

// emit sends the record, once, and lets the conversation go.
func (a *analyzer) emit() {
	if !a.told && a.rec.ServerMajor != "" {
		r := a.rec
		a.f.Emit(a.began, &r)
	}
	a.told, a.over = true, true
}

// Gap implements proto.Analyzer. Without a part of the handshake the rest cannot be
// told apart.
func (a *analyzer) Gap(proto.Dir, int) bool {
	a.emit()
	a.tls = false
	return true
}

// End implements proto.Analyzer.
func (a *analyzer) End(d proto.Dir) {
	if a.ended[d] = true; a.ended[0] && a.ended[1] {
		a.emit()
	}
}
