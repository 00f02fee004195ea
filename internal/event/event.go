// Package event holds the words that floors use to talk: the record, its schema
// and the privacy class of every field.
//
// A protocol declares a record as a struct whose field tags say, once, the name
// in the log, what it means and its privacy class. JSON, CSV, the manual, store
// columns and masking derive from that declaration; no second list of fields
// exists anywhere. Where Zeek has a log for the same thing, the log's name, the
// field names and the units are Zeek's.
//
// A Record is owned by whoever received it last: the emitter must not touch the
// payload again. Nothing here reads a clock; time comes with the packet. Patient
// data has no class, because no field may hold it: it leaves a parser only as a
// keyed hash (class "pseudo").
package event

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"lazaret/internal/netid"
)

// Time is nanoseconds since the Unix epoch, UTC, taken from a packet. It is
// written as Zeek's epoch seconds in logs. The zero value means unset.
type Time int64

// Interval is a length of time in nanoseconds, written as seconds in logs.
type Interval int64

// Std is the standard library's form, in UTC.
func (t Time) Std() time.Time { return time.Unix(0, int64(t)).UTC() }

// RFC3339 is the form used in the inventory: UTC with up to nanoseconds.
func (t Time) RFC3339() string { return t.Std().Format(time.RFC3339Nano) }

// Sub is the interval from o to t.
func (t Time) Sub(o Time) Interval { return Interval(t - o) }

// Seconds is the interval in seconds.
func (i Interval) Seconds() float64 { return float64(i) / 1e9 }

// appendSeconds writes nanoseconds as exact decimal seconds without an exponent.
func appendSeconds(b []byte, ns int64) []byte {
	if ns < 0 {
		b = append(b, '-')
		if ns == math.MinInt64 {
			return append(b, "9223372036.854775808"...)
		}
		ns = -ns
	}
	b = strconv.AppendInt(b, ns/1e9, 10)
	frac := ns % 1e9
	b = append(b, '.')
	if frac == 0 {
		return append(b, '0')
	}
	var d [9]byte
	for i := 8; i >= 0; i-- {
		d[i] = byte('0' + frac%10)
		frac /= 10
	}
	n := 9
	for d[n-1] == '0' {
		n--
	}
	return append(b, d[:n]...)
}

// Count is a number that may be absent: a status never seen is not status 0.
type Count struct {
	V  uint64
	OK bool
}

// N makes a present Count.
func N[T ~int | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](v T) Count {
	return Count{V: uint64(v), OK: true}
}

// Bool is a truth value that may be absent.
type Bool struct{ V, OK bool }

// B makes a present Bool.
func B(v bool) Bool { return Bool{V: v, OK: true} }

// Conn identifies the conversation a record belongs to. It is shared by all
// records of a flow and never changes after the first of them.
type Conn struct {
	UID   string // unique in a timeline and the same in every replay
	Orig  netid.Endpoint
	Resp  netid.Endpoint
	Proto uint8 // IP protocol number
	// Hardware addresses seen on the first packet of each side; on a routed
	// path they are the router's. Zero when unknown.
	OrigMAC, RespMAC netid.MAC
	VLAN             uint16 // outermost VLAN id of the first packet, 0 if none
}

// Payload is one kind of record: a pointer to a struct with tagged fields.
type Payload interface {
	// Schema returns the declaration shared by all payloads of that kind.
	Schema() *Schema
}

// Record is a payload with its envelope.
type Record struct {
	TS    Time   // when the thing described began (Zeek's ts)
	Index uint64 // number of the packet that completed it, in the timeline
	Conn  *Conn  // nil for records that belong to no conversation
	Body  Payload
}

// maxSeconds is the first whole second that Time may not hold.
const maxSeconds = math.MaxInt64 / 1_000_000_000

// ParseTime reads a time as people write it: RFC 3339, "2006-01-02 15:04:05" or
// "2006-01-02" in UTC, or epoch seconds with up to nine decimals. The years are
// 1970 to 2261, what Time can hold.
func ParseTime(s string) (Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			if sec := t.Unix(); sec < 0 || sec >= maxSeconds {
				return 0, fmt.Errorf("event: %q is not between 1970 and 2262", s)
			}
			return Time(t.UnixNano()), nil
		}
	}
	whole, frac, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || sec < 0 || sec >= maxSeconds || len(frac) > 9 {
		return 0, fmt.Errorf("event: %q is not a time", s)
	}
	ns, err := strconv.ParseUint((frac + "000000000")[:9], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("event: %q is not a time", s)
	}
	return Time(sec*1_000_000_000 + int64(ns)), nil
}
