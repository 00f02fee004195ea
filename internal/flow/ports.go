package flow

// likelyServer guesses who is the server of a conversation whose beginning was
// not captured: the ports that servers are known to listen on. It only orders
// the two ends; it never names a protocol.
func likelyServer(proto uint8, port uint16) bool {
	switch port {
	case 53, 88, 443, 389, 2123, 2152, 5060, 20000, 5353, 5355, 502:
		return true
	}
	if proto == protoUDP {
		switch port {
		case 67, 123, 137, 161, 162, 514, 1812, 3544, 4011, 4789, 5072, 6081:
			return true
		}
		return false
	}
	if proto != protoTCP {
		return false
	}
	switch port {
	case 21, 22, 25, 80, 81, 104, 135, 139, 143, 445, 563, 585, 587, 614, 631, 636,
		888, 989, 990, 992, 993, 995, 1080, 1433, 1434, 1883, 2575, 2761, 2762, 2811,
		3128, 3268, 3306, 3389, 4242, 5222, 5223, 5269, 5432, 6379,
		6666, 6667, 6668, 6669, 8000, 8080, 8888, 8883, 11112:
		return true
	}
	return false
}

// IP protocol numbers (IANA) that have ports or a state of their own.
const (
	protoICMP   = 1
	protoTCP    = 6
	protoUDP    = 17
	protoICMPv6 = 58
)
