package sensor_test

import (
	"encoding/binary"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/event"
	"lazaret/internal/protocols"
	"lazaret/internal/prototest"
	"lazaret/internal/sensor"
)

// after is a conversation of datagrams whose first n are of no known protocol and
// whose last is a query.
func after(n int) []capture.Frame {
	query := []byte{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'w', 'w', 0, 0, 1, 0, 1}
	var list []capture.Frame
	for i := range n + 1 {
		data := binary.BigEndian.AppendUint64([]byte{1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, uint64(i)) // STUN
		if i == n {
			data = query
		}
		b := datagram(nil, 1, 2, 40000, 50000, data)
		list = append(list, capture.Frame{Index: uint64(i + 1), Time: event.Time(i) * microsecond, Len: len(b), Data: b, Link: capture.LinkEthernet})
	}
	return list
}

// What calls send to find their way does not hide what comes behind it, and what
// is unknown for long is no longer looked at.
func TestUnknownDatagrams(t *testing.T) {
	for n, want := range map[int]uint64{0: 1, 10: 1, 31: 1, 100: 0} {
		st, err := sensor.Run(sensor.DefaultConfig(), &source{after(n)}, sensor.Options{Specs: protocols.Specs, Key: prototest.Key, Emit: func(event.Record) {}})
		if err != nil || st.Records["dns"] != want {
			t.Errorf("behind %d others: %d queries, want %d (%v)", n, st.Records["dns"], want, err)
		}
	}
}
