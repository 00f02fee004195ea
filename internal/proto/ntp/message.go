package ntp

import (
	"bytes"
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"lazaret/internal/event"
	"lazaret/internal/proto"
	"lazaret/internal/wire"
)

// analyzer is the state of one conversation.
type analyzer struct {
	flow    proto.Flow
	begun   bool
	control *Control // nil until there is a control message
	since   event.Time
}

// Packet implements proto.Datagram.
func (a *analyzer) Packet(d proto.Dir, b []byte) error {
	if len(b) < privateLen {
		return &proto.Error{Code: "truncated"}
	}
	mode := b[0] & 7
	answer := mode == modeServer || mode == modeControl && b[1]&0x80 != 0 || mode == modePrivate && b[0]&0x80 != 0
	if !a.begun {
		a.begun = true
		if d == proto.Orig && answer {
			a.flow.Flip() // the question was not captured
		}
	}
	switch mode {
	case 0:
		return &proto.Error{Code: "unknown_mode"}
	case modeControl:
		return a.controlMessage(b)
	case modePrivate:
		return a.privateMessage(b)
	}
	if len(b) < headerLen {
		return &proto.Error{Code: "truncated"}
	}
	return a.message(b)
}

// message reads a message with time (RFC 5905 7.3).
func (a *analyzer) message(b []byte) error {
	r := wire.NewReader(b)
	first := r.U8()
	m := &Record{Version: first >> 3 & 7, Mode: first & 7, Stratum: r.U8()}
	m.Poll, m.Precision = power(r.U8()), power(r.U8())
	m.RootDelay, m.RootDisp = short(r.U32()), short(r.U32())
	m.RefID = reference(m.Stratum, r.Bytes(4))
	m.RefTime, m.OrgTime = stamp(r.U64()), stamp(r.U64())
	m.RecTime, m.XmtTime = stamp(r.U64()), stamp(r.U64())
	n, rest, ok := extensions(b[headerLen:])
	if !ok {
		a.flow.Weird("bad_extension", headerLen)
	}
	m.NumExts = uint64(n)
	m.NTS = n > 0 && secured(b[headerLen:])
	if len(rest) >= 20 {
		m.KeyID = event.N(binary.BigEndian.Uint32(rest))
	}
	a.flow.Emit(a.flow.Now(), m)
	return nil
}

// power is 2 to the power of a signed byte, seconds.
func power(b byte) float64 { return math.Ldexp(1, int(int8(b))) }

// short is a number of 16.16 bits (RFC 5905 6).
func short(v uint32) float64 { return float64(v) / (1 << 16) }

// unixOffset is the time from 1900 to 1970, seconds.
const unixOffset = 2208988800

// stamp is a time of 32.32 bits since 1900 (RFC 5905 6); zero is not known.
func stamp(v uint64) event.Time {
	if v == 0 {
		return 0
	}
	sec, frac := int64(v>>32)-unixOffset, v&math.MaxUint32
	return event.Time(sec*1_000_000_000 + int64(frac*1_000_000_000>>32))
}

// reference is a reference identifier as Zeek writes it (RFC 5905 7.3).
func reference(stratum uint8, b []byte) string {
	if stratum > 1 {
		return netip.AddrFrom4([4]byte(b)).String()
	}
	return string(b)
}

// secured says that among the extension fields is an authenticator of Network
// Time Security (RFC 8915 5.6).
func secured(b []byte) bool {
	for len(b) > 24 {
		size := int(binary.BigEndian.Uint16(b[2:]))
		if size < 16 || size > len(b) {
			return false
		}
		if binary.BigEndian.Uint16(b) == 0x0404 {
			return true
		}
		b = b[size:]
	}
	return false
}

// begin makes the record of control messages with the first of them.
func (a *analyzer) begin() *Control {
	if a.control == nil {
		a.control, a.since = &Control{}, a.flow.Now()
	}
	return a.control
}

func (c *Control) asked(name string) {
	if len(c.Requests) < maxCodes && !slices.Contains(c.Requests, name) {
		c.Requests = append(c.Requests, name)
	}
}

func more(c *event.Count) { *c = event.N(c.V + 1) }

// controlMessage reads a message of mode 6 (RFC 9327 2).
func (a *analyzer) controlMessage(b []byte) error {
	if len(b) < controlLen {
		return &proto.Error{Code: "truncated"}
	}
	c := a.begin()
	code := b[1] & 0x1f
	offset, count := int(binary.BigEndian.Uint16(b[8:])), int(binary.BigEndian.Uint16(b[10:]))
	c.asked(named(opcodes[:], int(code)))
	if b[1]&0x80 == 0 {
		more(&c.Control)
		c.AskedSize += uint64(len(b))
		return nil
	}
	more(&c.Answers)
	c.ToldSize += uint64(len(b))
	if b[1]&0x40 != 0 {
		more(&c.Refused)
		return nil
	}
	if count > len(b)-controlLen {
		return &proto.Error{Code: "bad_count", Offset: 10}
	}
	data := b[controlLen : controlLen+count]
	if code == 10 && count > 0 { // the recent clients, as monlist
		c.Monlist = true
	}
	if code == 2 && offset == 0 && binary.BigEndian.Uint16(b[6:]) == 0 {
		c.variables(data)
	}
	return nil
}

// variables takes what a server says of itself: name=value, separated by commas,
// with text in quotation marks (RFC 9327 3).
func (c *Control) variables(b []byte) {
	for _, v := range []struct {
		name string
		to   *string
	}{{"version=\"", &c.DaemonVers}, {"system=\"", &c.System}, {"processor=\"", &c.Processor}} {
		i := bytes.Index(b, []byte(v.name))
		if i < 0 || i > 0 && b[i-1] != ' ' && b[i-1] != ',' && b[i-1] != '\n' {
			continue
		}
		value := b[i+len(v.name):]
		end := bytes.IndexByte(value, '"')
		if end < 0 || *v.to != "" {
			continue
		}
		*v.to = string(value[:min(end, maxText)])
	}
}

// privateMessage reads a message of mode 7: implementation, request code, error
// and the number of items.
func (a *analyzer) privateMessage(b []byte) error {
	c := a.begin()
	name := named(requests[:], int(b[3]))
	c.asked(name)
	if b[0]&0x80 == 0 {
		more(&c.Private)
		c.AskedSize += uint64(len(b))
		return nil
	}
	c.ToldSize += uint64(len(b))
	if b[4]>>4 != 0 {
		more(&c.Refused)
		return nil
	}
	more(&c.PAnswers)
	items := binary.BigEndian.Uint16(b[4:]) & 0xfff
	if items > 0 && (b[3] == 20 || b[3] == 42 || b[3] <= 1) {
		c.Monlist = true
	}
	return nil
}

// named is the name of a number, or the number.
func named(names []string, n int) string {
	if n < len(names) && names[n] != "" {
		return names[n]
	}
	return strconv.Itoa(n)
}

// opcodes of mode 6 (RFC 9327 2.1).
var opcodes = [...]string{1: "readstat", 2: "readvar", 3: "writevar", 4: "readclock", 5: "writeclock", 6: "settrap",
	7: "asyncmsg", 8: "configure", 9: "saveconfig", 10: "read_mru", 11: "read_ordlist", 12: "req_nonce", 31: "unsettrap"}

// requests of mode 7 as the reference implementation numbers them.
var requests = [...]string{0: "peer_list", 1: "peer_list_sum", 2: "peer_info", 3: "peer_stats", 4: "sys_info", 5: "sys_stats",
	6: "io_stats", 7: "mem_stats", 8: "loop_info", 9: "timer_stats", 10: "config", 11: "unconfig", 16: "get_restrict",
	20: "monlist_old", 42: "monlist"}

// Close implements proto.Datagram.
func (a *analyzer) Close() {
	if a.control != nil {
		a.flow.Emit(a.since, a.control)
		a.control = nil
	}
}
