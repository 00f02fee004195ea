package magic

import (
	"bytes"
	"encoding/binary"
)

// Far is how many bytes of a file Within wants to see; more do not help.
const Far = 16 << 10

// Within is what Of says, and of an archive what is packed in it, as far as the first
// Far bytes show the names of its files: a packed document or a program of Java. Of the
// kinds that Runs knows it says no more than Of.
func Within(b []byte) Kind {
	k := Of(b)
	if k != Zip {
		return k
	}
	b = b[:min(len(b), Far)]
	switch first := entry(b); {
	case has(first, 0, "META-INF/"): // JAR File Specification: it is the first
		return Jar
	case string(first) == "mimetype": // ISO/IEC 26300-3 3.3: it is the first and stored
		return oasis(b[local+len(first):])
	case string(first) == "[Content_Types].xml", has(first, 0, "_rels/"), has(first, 0, "docProps/"), has(first, 0, "word/"), has(first, 0, "xl/"), has(first, 0, "ppt/"):
		return office(b)
	}
	return Zip
}

// local is the length of a local file header (APPNOTE 4.3.7) without the name, behind
// which a further field may follow.
const local = 30

var localMark = []byte("PK\x03\x04")

// entry is the name of the file whose local header b begins with, nil if it is not all
// there.
func entry(b []byte) []byte {
	if len(b) < local || !bytes.HasPrefix(b, localMark) {
		return nil
	}
	n := int(binary.LittleEndian.Uint16(b[26:]))
	if n > len(b)-local {
		return nil
	}
	return b[local : local+n]
}

// office tells documents of Office by the folder of their main part (ISO/IEC 29500-2,
// and the parts that its applications write). Headers are looked for by their mark: a
// file that was packed into a stream has its length behind it.
func office(b []byte) Kind {
	for {
		name := entry(b)
		switch {
		case has(name, 0, "word/"):
			return OpenWord
		case has(name, 0, "xl/"):
			return OpenSheet
		case has(name, 0, "ppt/"):
			return OpenSlides
		}
		i := bytes.Index(b[1:], localMark)
		if i < 0 {
			return Zip
		}
		b = b[1+i:]
	}
}

// oasis tells an open document by its media type, which stands unpacked behind the
// first name.
func oasis(b []byte) Kind {
	const common = "application/vnd.oasis.opendocument."
	switch {
	case has(b, 0, common+"text"):
		return OASISText
	case has(b, 0, common+"spreadsheet"):
		return OASISSheet
	case has(b, 0, common+"presentation"):
		return OASISSlide
	}
	return Zip
}
