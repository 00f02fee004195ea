package smb1

import "strconv"

// RAP is a call of remote administration (MS-RAP 2.5.1): the parameters of a
// transaction with the name \PIPE\LANMAN.
type RAP struct {
	Function uint16
	// Params and Data are the descriptors: letters that tell how parameters and
	// data are written.
	Params, Data Text
	Level        uint16 // of information; valid if HasLevel
	HasLevel     bool
	Servers      uint32 // kinds of servers asked for (MS-RAP 2.5.5.2.1); valid if HasServers
	HasServers   bool
	// Names are the strings among the parameters: of NetServerEnum2 the domain, of
	// NetServerEnum3 the first name too; of calls on one thing its name.
	Names [2]Text
}

// Name is the name of the function.
func (r *RAP) Name() string {
	if s, ok := rapNames[r.Function]; ok {
		return s
	}
	return "unknown-rap-function-" + strconv.Itoa(int(r.Function))
}

// IsRAP says whether the name of a transaction is that of remote administration.
func IsRAP(name Text) bool { return equal(name, `\PIPE\LANMAN`) }

// IsMailslot says whether the name of a transaction is that of a mailslot.
func IsMailslot(name Text) bool {
	const prefix = `\MAILSLOT\`
	n := len(prefix)
	if name.Wide {
		n *= 2
	}
	return len(name.B) > n && equal(Text{name.B[:n], name.Wide}, prefix)
}

// equal compares, case of ASCII aside; s is of upper case.
func equal(t Text, s string) bool {
	step := 1
	if t.Wide {
		step = 2
	}
	if len(t.B) != step*len(s) {
		return false
	}
	for i := range len(s) {
		c := t.B[i*step]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != s[i] || t.Wide && t.B[i*step+1] != 0 {
			return false
		}
	}
	return true
}

// Functions whose double word is known.
const (
	rapServerEnum2 = 104
	rapServerEnum3 = 215
)

// RAP reads a call. The descriptor tells what the parameters are: W is a word, D are
// two, z is a string, L a word with a length; r, e, h and O stand for things that are
// not sent (MS-RAP 2.5.1, 2.5.2). Behind any other letter nothing is read.
func (t *Trans) RAP() (r RAP, ok bool) {
	p := t.Params.B
	if len(p) < 4 {
		return r, false
	}
	s := Texts{b: p, off: 2}
	r.Function, r.Params, r.Data = u16(p, 0), s.Plain(), s.Plain()
	names := 0
	for _, c := range r.Params.B {
		switch c {
		case 'W':
			if !r.HasLevel && s.off+2 <= len(p) {
				r.Level, r.HasLevel = u16(p, s.off), true
			}
			s.off += 2
		case 'L': // the room for the answer
			s.off += 2
		case 'D':
			if (r.Function == rapServerEnum2 || r.Function == rapServerEnum3) && s.off+4 <= len(p) {
				r.Servers, r.HasServers = u32(p, s.off), true
			}
			s.off += 4
		case 'z':
			if names < len(r.Names) {
				r.Names[names] = s.Plain()
				names++
			}
		case 'r', 'e', 'h', 'O': // which are not sent
		default:
			return r, true
		}
	}
	return r, true
}

// RAPAnswer is how a call of remote administration ended.
type RAPAnswer struct {
	Status             uint16 // 0, or an error of Windows (MS-RAP 2.5.5)
	Entries, Available uint16 // of an enumeration: in the answer, and in all; 0 if missing
}

// RAPAnswer reads the parameters of the answer (MS-RAP 2.5.2): status, converter, and
// of an enumeration the counts.
func (t *Trans) RAPAnswer() (r RAPAnswer, ok bool) {
	p := t.Params.B
	return RAPAnswer{u16(p, 0), u16(p, 4), u16(p, 6)}, len(p) >= 4
}
