package netid

import "testing"

// Question and answer of an ICMP pair are one conversation with one community
// id; a message without an answer is one-way.
func TestICMPPairs(t *testing.T) {
	a, b := IPv4(10, 0, 0, 1), IPv4(10, 0, 0, 2)
	for _, tc := range []struct {
		proto          uint8
		question, code uint16
		answer         uint16
		oneWay         bool
	}{
		{1, 8, 0, 0, false}, {1, 13, 0, 14, false}, {1, 3, 1, 0, true},
		{58, 128, 0, 129, false}, {58, 135, 0, 136, false}, {58, 139, 2, 140, false}, {58, 1, 4, 0, true},
	} {
		x, y, oneWay := ICMPPorts(tc.proto, tc.question, tc.code)
		if oneWay != tc.oneWay || x != tc.question || oneWay && y != tc.code || !oneWay && y != tc.answer {
			t.Errorf("type %d of protocol %d has ports %d and %d, one-way %v", tc.question, tc.proto, x, y, oneWay)
		}
		if tc.oneWay {
			continue
		}
		asked := CommunityID(Endpoint{a, tc.question}, Endpoint{b, tc.code}, tc.proto)
		answered := CommunityID(Endpoint{b, tc.answer}, Endpoint{a, 0}, tc.proto)
		if asked != answered {
			t.Errorf("type %d of protocol %d: the answer has community id %s, the question %s", tc.question, tc.proto, answered, asked)
		}
	}
}

// Ports of one address are ordered by value.
func TestCommunityOfOneAddress(t *testing.T) {
	lo := IPv4(127, 0, 0, 1)
	const want = "1:l36fOHDnzg7e4USmNqm61/DLceY=" // SHA-1 over seed, addresses, 6, 0, 443, 49250
	if got := CommunityID(Endpoint{lo, 49250}, Endpoint{lo, 443}, 6); got != want {
		t.Errorf("community id %s, want %s", got, want)
	}
}
