package dataset

import (
	"encoding/binary"
	"io"

	"lazaret/internal/charset"
	"lazaret/internal/magic"
)

// maxMeta bounds the file meta information that is read, bytes.
const maxMeta = 64 << 10

// fileHead is the preamble and the prefix of a DICOM file, bytes (PS3.10 7.1).
const fileHead = magic.PreambleLen + 4

type fileState uint8

const (
	fileStart fileState = iota
	metaHeader
	metaLength // the four bytes of a long length
	metaValue
	metaSkip
	fileData
	fileDone
)

// File reads the head of a DICOM file as its bytes arrive (PS3.10 7): the class of its
// preamble, its meta information and its data set up to what matters. The zero value is
// of no use; see Start.
type File struct {
	// Preamble is the class of the first 128 bytes, magic.No if there are none.
	Preamble magic.Kind
	// Deflated tells that the data set is compressed.
	Deflated bool

	to       Target
	by       Pseudonymizer
	memo     *Memo
	state    fileState
	dicom    bool
	syntax   string
	fault    Fault
	pos      int64 // bytes seen
	metaEnd  int64 // where meta information ends, 0 if it does not say so
	element  uint16
	length   int64
	have     int
	watch    int64 // where the head of a PE must stand, 0 if nowhere
	matched  int
	buf      [fileHead]byte
	rd       Reader
	deflated []byte
	inflater io.ReadCloser
}

// Start makes ready for a new file, whose values go to a target. memo may serve many
// files, one after the other or mixed.
func (f *File) Start(to Target, by Pseudonymizer, memo *Memo) {
	rd := f.rd
	*f = File{to: to, by: by, memo: memo, Preamble: magic.No, inflater: f.inflater, rd: rd}
	f.rd.Start(Nothing, Encoding{})
	f.rd.Stop()
}

// DICOM reports that it is a DICOM file, as far as was seen.
func (f *File) DICOM() bool { return f.dicom }

// Done reports that nothing more is wanted of the file.
func (f *File) Done() bool { return f.state == fileDone && f.watch == 0 }

// Fault is what is wrong with the file, NoFault if nothing.
func (f *File) Fault() Fault {
	if f.fault == NoFault {
		f.fault = f.rd.Fault()
	}
	return f.fault
}

// Programs are the executables in its values. They belong to the reader until Start.
func (f *File) Programs() *Programs { return f.rd.Programs() }

// Held estimates the memory behind the reader besides itself, bytes.
func (f *File) Held() int {
	const inflaterSize = 44 << 10
	n := cap(f.deflated)
	if f.inflater != nil {
		n += inflaterSize
	}
	return n
}

// Lost tells that bytes are missing: what stands behind them is not read.
func (f *File) Lost() {
	f.finish()
	f.watch = 0
}

// End is called behind the last byte. whole is false if there should be more.
func (f *File) End(whole bool) {
	if f.state == fileData {
		if len(f.deflated) > 0 {
			f.inflate()
		} else if whole && !f.Deflated {
			f.rd.End()
		}
	}
	f.Fault()
	f.finish()
	f.watch = 0
}

// finish reads no more. The head of a program is looked for all the same.
func (f *File) finish() {
	f.rd.Stop()
	clear(f.buf[:])
	clear(f.deflated)
	f.deflated, f.state = nil, fileDone
}

// Feed consumes b.
func (f *File) Feed(b []byte) {
	if f.watch > 0 {
		f.look(b)
	}
	for len(b) > 0 {
		switch f.state {
		case fileStart:
			b = f.start(b)
		case metaHeader, metaLength, metaValue:
			b = f.meta(b)
		case metaSkip:
			n := min(int64(len(b)), f.length)
			f.length -= n
			f.pos += n
			if b = b[n:]; f.length == 0 {
				f.state = metaHeader
			}
		case fileData:
			f.data(b)
			f.pos += int64(len(b))
			return
		case fileDone:
			f.pos += int64(len(b))
			return
		}
	}
}

// look watches for the head of a PE at the place that the preamble names.
func (f *File) look(b []byte) {
	const head = "PE\x00\x00"
	for at := f.watch + int64(f.matched) - f.pos; at >= 0 && at < int64(len(b)); at++ {
		if b[at] != head[f.matched] {
			f.watch = 0
			return
		}
		if f.matched++; f.matched == len(head) {
			f.Preamble, f.watch = magic.PE, 0
			return
		}
	}
}

// gather returns the next n bytes once they are there.
func (f *File) gather(b []byte, n int) (unit, rest []byte) {
	k := copy(f.buf[f.have:n], b)
	f.have += k
	f.pos += int64(k)
	if f.have < n {
		return nil, b[k:]
	}
	f.have = 0
	return f.buf[:n], b[k:]
}

// start looks at the preamble and the prefix.
func (f *File) start(b []byte) []byte {
	u, rest := f.gather(b, fileHead)
	if u == nil {
		return rest
	}
	switch magic.Of(u) {
	case magic.DICOM:
		f.dicom, f.state = true, metaHeader
		f.Preamble = magic.Preamble(u)
		if at := int64(binary.LittleEndian.Uint32(u[60:])); f.Preamble == magic.MZ && at >= fileHead {
			f.watch = at
			f.look(rest)
		}
	case magic.DICOMMeta:
		// The meta information without a preamble: read what was gathered again.
		f.dicom, f.state = true, metaHeader
		var again [fileHead]byte
		copy(again[:], u)
		f.pos = 0
		f.Feed(again[:])
	default:
		f.finish()
	}
	return rest
}

// meta reads the elements of group 0002, in explicit VR little endian (PS3.10 7.1).
func (f *File) meta(b []byte) []byte {
	want := 8
	switch f.state {
	case metaLength:
		want = 4
	case metaValue:
		want = int(f.length)
	case metaHeader:
		if f.metaEnd > 0 && f.pos >= f.metaEnd && f.have == 0 {
			f.begin()
			return b
		}
	}
	u, rest := f.gather(b, want)
	if u == nil {
		return rest
	}
	if f.pos > maxMeta {
		f.fault = BadElement
		f.finish()
		return rest
	}
	switch f.state {
	case metaHeader:
		f.header(u)
	case metaLength:
		f.wanted(int64(binary.LittleEndian.Uint32(u)))
	case metaValue:
		f.state = metaHeader
		f.value(u)
	}
	return rest
}

// header takes the eight bytes that an element begins with. Those of another group are
// the data set's: the length of the group was not told, or is wrong.
func (f *File) header(u []byte) {
	if binary.LittleEndian.Uint16(u) != 2 {
		var first [8]byte
		copy(first[:], u)
		f.pos -= int64(len(u))
		f.begin()
		f.Feed(first[:])
		return
	}
	f.element = binary.LittleEndian.Uint16(u[2:])
	v := vr(u[4])<<8 | vr(u[5])
	switch {
	case !v.letters():
		f.fault = BadVR
		f.finish()
	case v.short():
		f.wanted(int64(binary.LittleEndian.Uint16(u[6:])))
	default:
		f.state = metaLength
	}
}

// metaField is what an element of group 0002 tells.
func metaField(element uint16) Field {
	switch element {
	case 0x0002:
		return SOPClass
	case 0x0003:
		return Instance
	case 0x0010:
		return TransferSyntax
	case 0x0012:
		return Implementation
	case 0x0013:
		return ImplementationName
	case 0x0016:
		return SourceAE
	case 0x0017:
		return SendingAE
	case 0x0018:
		return ReceivingAE
	case 0x0100:
		return Creators
	}
	return none
}

// wanted decides what becomes of a value of n bytes.
func (f *File) wanted(n int64) {
	f.length = n
	switch {
	case n == 0:
		f.state = metaHeader
	case n <= 64 && (f.element == 0 && n == 4 || metaField(f.element) != none):
		f.state = metaValue
	case n > maxMeta:
		f.fault = BadElement
		f.finish()
	default:
		f.state = metaSkip
	}
}

// value takes a wanted value of group 0002.
func (f *File) value(v []byte) {
	if f.element == 0 {
		f.metaEnd = f.pos + int64(binary.LittleEndian.Uint32(v))
		return
	}
	v = charset.Trim(v)
	field := metaField(f.element)
	switch field {
	case Instance:
		EnterInstance(f.to, f.by, v)
		return
	case Creators:
		f.memo.creator(f.to.List(Creators), v)
		return
	case SOPClass, Implementation, TransferSyntax:
		if !IsUID(v) {
			return
		}
	}
	if field == TransferSyntax {
		f.syntax = string(v)
	}
	if to := f.to.Text(field); to != nil && *to == "" {
		*to = charset.Plain(v, 64)
	}
}

// begin starts the data set.
func (f *File) begin() {
	e := EncodingOf(f.syntax)
	f.state, f.Deflated = fileData, e.Deflated
	f.rd.Start(Whole, e)
}

// data gives bytes to the reader of the data set.
func (f *File) data(b []byte) {
	switch {
	case !f.Deflated:
		f.rd.Feed(f, b)
	case !f.rd.Done():
		f.deflated = append(f.deflated, b[:min(len(b), MaxDeflated-len(f.deflated))]...)
		if len(f.deflated) == MaxDeflated {
			f.inflate()
		}
	}
	if f.rd.Done() {
		f.Fault()
		f.finish()
	}
}

func (f *File) inflate() {
	f.rd.Inflate(f, &f.inflater, f.deflated)
	f.deflated = nil
}

// Take implements Sink.
func (f *File) Take(r *Reader, v []byte) bool {
	f.memo.Enter(f.to, f.by, r, v)
	return true
}

// TakeLong implements Sink.
func (f *File) TakeLong(*Reader) {}
