// Package magic names the kind of a file by its first bytes.
//
// A kind is a word of a closed set: what the content is, whatever its name or its
// declared media type says. Signatures stand in a table; the few kinds that need more
// than equal bytes (a PE behind an MZ head, a DICOM file behind its preamble, text that
// begins with white space) have a function each. Within also says what kind of document
// an archive is, by the names of the files in it. Preamble classifies the first 128
// bytes of a DICOM file (PS3.10 7.1), which the standard leaves to applications and
// which may therefore hold the head of another format: a picture, or a program.
//
// It refuses to guess: content of no known kind is Unknown, or Text if it is nothing
// but printable. It refuses to look further than Head bytes, Within than Far, to unpack
// anything and to run anything. The standards are those of the formats, named beside each signature.
//
// Memory: nothing is kept and nothing is allocated; slices belong to the caller.
package magic

import "encoding/binary"

// Head is how many bytes of a file Of wants to see; more do not help.
const Head = 512

// Kind is what content is. The set is closed.
type Kind string

// The kinds.
const (
	Unknown    Kind = ""
	Text       Kind = "text" // printable, of no kind below
	DICOM      Kind = "dicom"
	DICOMMeta  Kind = "dicom-without-preamble" // begins with file meta information
	PE         Kind = "pe"                     // a program of Windows
	MZ         Kind = "mz"                     // of DOS, or a PE whose head is not visible
	ELF        Kind = "elf"
	MachO      Kind = "mach-o"
	MachOFat   Kind = "mach-o-fat"
	JavaClass  Kind = "java-class"
	Wasm       Kind = "wasm"
	Dex        Kind = "dex"
	Script     Kind = "script"
	Shortcut   Kind = "windows-shortcut"
	TIFF       Kind = "tiff"
	BigTIFF    Kind = "bigtiff"
	JPEG       Kind = "jpeg"
	PNG        Kind = "png"
	GIF        Kind = "gif"
	BMP        Kind = "bmp"
	WebP       Kind = "webp"
	JPEG2000   Kind = "jpeg2000"
	JPEGLS     Kind = "jpeg-ls"
	JPEGXL     Kind = "jpeg-xl"
	WAV        Kind = "wav"
	AVI        Kind = "avi"
	MP4        Kind = "mp4"
	MPEG       Kind = "mpeg"
	Matroska   Kind = "matroska"
	PDF        Kind = "pdf"
	PostScript Kind = "postscript"
	RTF        Kind = "rtf"
	OLE        Kind = "ole" // old documents of Office, MSI
	OneNote    Kind = "onenote"
	Zip        Kind = "zip"
	Gzip       Kind = "gzip"
	Bzip2      Kind = "bzip2"
	XZ         Kind = "xz"
	Zstd       Kind = "zstd"
	LZ4        Kind = "lz4"
	SevenZip   Kind = "7z"
	RAR        Kind = "rar"
	Cabinet    Kind = "cab"
	Tar        Kind = "tar"
	VHDX       Kind = "vhdx"
	SQLite     Kind = "sqlite"
	NIfTI      Kind = "nifti"
	PEM        Kind = "pem"  // certificates and keys in text (RFC 7468)
	PKCS       Kind = "pkcs" // PKCS #7 or #12 in DER
	DERCert    Kind = "x509" // a certificate in DER (RFC 5280)
	HTML       Kind = "html"
	XML        Kind = "xml"
	JSON       Kind = "json"
	HL7        Kind = "hl7"
	Email      Kind = "email"
	Registry   Kind = "registry-hive"
	EventLog   Kind = "windows-event-log"
	Pcap       Kind = "pcap"
	PcapNG     Kind = "pcapng"
	SOAP       Kind = "soap" // an envelope of SOAP, which is XML
	Flash      Kind = "flash"
	Icon       Kind = "icon"
	WOFF2      Kind = "woff2"
	MP3        Kind = "mp3"
	Debian     Kind = "debian-package"
	JavaScript Kind = "javascript" // ECMA-262; a page runs it, and so does Windows
	Ini        Kind = "ini"        // sections of names and values
	Feed       Kind = "rss"        // RSS 2.0, which is XML
	Atom       Kind = "atom"       // RFC 4287, which is XML
	CrossSite  Kind = "cross-domain-policy"
	Jar        Kind = "java-archive"
	OpenWord   Kind = "openxml-text" // ISO/IEC 29500: packed documents of Office
	OpenSheet  Kind = "openxml-sheet"
	OpenSlides Kind = "openxml-slides"
	OASISText  Kind = "opendocument-text" // ISO/IEC 26300
	OASISSheet Kind = "opendocument-sheet"
	OASISSlide Kind = "opendocument-slides"
	OCSP       Kind = "ocsp-response" // RFC 6960 4.2.1
	OCSPAsk    Kind = "ocsp-request"  // RFC 6960 4.1.1
	Signature  Kind = "pgp"           // armoured, of PGP
)

// signature is equal bytes at a place.
type signature struct {
	kind Kind
	at   int
	want string
}

// signatures are tried in order. Those of two bytes come last.
var signatures = [...]signature{
	{DICOM, 128, "DICM"},                         // PS3.10 7.1; first, for its preamble may be that of any other
	{DICOMMeta, 0, "\x02\x00\x00\x00UL\x04\x00"}, // (0002,0000) in explicit VR
	{ELF, 0, "\x7fELF"},
	{MachO, 0, "\xfe\xed\xfa\xce"},
	{MachO, 0, "\xfe\xed\xfa\xcf"},
	{MachO, 0, "\xce\xfa\xed\xfe"},
	{MachO, 0, "\xcf\xfa\xed\xfe"},
	{Wasm, 0, "\x00asm\x01\x00\x00\x00"},
	{Dex, 0, "dex\n0"},
	{Shortcut, 0, "L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F"}, // MS-SHLLINK 2.1
	{BigTIFF, 0, "II\x2b\x00\x08\x00\x00\x00"},
	{BigTIFF, 0, "MM\x00\x2b\x00\x08\x00\x00"},
	{TIFF, 0, "II\x2a\x00"}, // TIFF 6.0, section 2
	{TIFF, 0, "MM\x00\x2a"},
	{JPEGLS, 0, "\xff\xd8\xff\xf7"},
	{JPEG, 0, "\xff\xd8\xff"},
	{PNG, 0, "\x89PNG\r\n\x1a\n"},
	{GIF, 0, "GIF87a"},
	{GIF, 0, "GIF89a"},
	{JPEG2000, 0, "\x00\x00\x00\x0cjP  \r\n\x87\n"}, // ISO/IEC 15444-1 I.5.1
	{JPEG2000, 0, "\xff\x4f\xff\x51"},               // a bare code stream
	{JPEGXL, 0, "\x00\x00\x00\x0cJXL \r\n\x87\n"},
	{MP4, 4, "ftyp"},
	{MPEG, 0, "\x00\x00\x01\xba"},
	{MPEG, 0, "\x00\x00\x01\xb3"},
	{Matroska, 0, "\x1aE\xdf\xa3"},
	{PDF, 0, "%PDF-"},
	{PostScript, 0, "%!PS"},
	{RTF, 0, "{\\rtf"},
	{OLE, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}, // MS-CFB 2.2
	{OneNote, 0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"},
	{Zip, 0, "PK\x03\x04"},
	{Zip, 0, "PK\x05\x06"},
	{Zip, 0, "PK\x07\x08"},
	{Bzip2, 0, "BZh"},
	{XZ, 0, "\xfd7zXZ\x00"},
	{Zstd, 0, "\x28\xb5\x2f\xfd"},
	{LZ4, 0, "\x04\x22\x4d\x18"},
	{SevenZip, 0, "7z\xbc\xaf\x27\x1c"},
	{RAR, 0, "Rar!\x1a\x07"},
	{Cabinet, 0, "MSCF\x00\x00\x00\x00"},
	{Tar, 257, "ustar"},
	{VHDX, 0, "vhdxfile"},
	{SQLite, 0, "SQLite format 3\x00"},
	{NIfTI, 344, "n+1\x00"},
	{NIfTI, 344, "ni1\x00"},
	{Signature, 0, "-----BEGIN PGP "},
	{PEM, 0, "-----BEGIN "},
	{WOFF2, 0, "wOF2"},
	{MP3, 0, "ID3\x02"},
	{MP3, 0, "ID3\x03"},
	{MP3, 0, "ID3\x04"},
	{Debian, 0, "!<arch>\ndebian-binary"},
	{Icon, 0, "\x00\x00\x01\x00\x01\x00"},
	{Icon, 0, "\x00\x00\x01\x00\x02\x00"},
	{Icon, 0, "\x00\x00\x01\x00\x03\x00"},
	{Icon, 0, "\x00\x00\x01\x00\x04\x00"},
	{Flash, 0, "FWS"},
	{Flash, 0, "CWS"},
	{Flash, 0, "ZWS"},
	{Registry, 0, "regf"},
	{EventLog, 0, "ElfFile\x00"},
	{Pcap, 0, "\xd4\xc3\xb2\xa1"},
	{Pcap, 0, "\xa1\xb2\xc3\xd4"},
	{Pcap, 0, "\x4d\x3c\xb2\xa1"},
	{Pcap, 0, "\xa1\xb2\x3c\x4d"},
	{PcapNG, 0, "\x0a\x0d\x0d\x0a"},
	{Gzip, 0, "\x1f\x8b\x08"}, // RFC 1952 2.3.1, deflate
}

// Of names the kind of content by its beginning b, of which at most Head bytes are
// looked at. What needs more bytes than there are is Unknown.
func Of(b []byte) Kind {
	b = b[:min(len(b), Head)]
	if k := program(b); k != Unknown {
		return k
	}
	for i := range signatures {
		if s := &signatures[i]; has(b, s.at, s.want) {
			return s.kind
		}
	}
	switch {
	case has(b, 0, "RIFF") && has(b, 8, "WEBP"):
		return WebP
	case has(b, 0, "RIFF") && has(b, 8, "WAVE"):
		return WAV
	case has(b, 0, "RIFF") && has(b, 8, "AVI "):
		return AVI
	case bitmap(b):
		return BMP
	}
	if k := der(b); k != Unknown {
		return k
	}
	return text(b)
}

// has reports whether want stands at a place of b.
func has(b []byte, at int, want string) bool {
	return len(b) >= at+len(want) && string(b[at:at+len(want)]) == want
}

// program knows what can be run and does not stand in the table. A DICOM file may be
// one at the same time: it is DICOM here and what Preamble says besides.
func program(b []byte) Kind {
	switch {
	case has(b, 128, "DICM"):
		return Unknown
	case has(b, 0, "MZ"):
		return mz(b)
	case has(b, 0, "#!"):
		return Script
	case has(b, 0, "\xca\xfe\xba\xbe") && len(b) >= 8:
		// Java puts its version where a fat Mach-O has the number of machines.
		if n := binary.BigEndian.Uint32(b[4:]); n > 0 && n < 40 {
			return MachOFat
		}
		return JavaClass
	case has(b, 0, "\xca\xfe\xba\xbf"), has(b, 0, "\xbf\xba\xfe\xca"):
		return MachOFat
	}
	return Unknown
}

// mz tells a PE by the offset of its head at 60 (PE format, MS-DOS stub). MZ alone is
// two letters that a text may begin with: the number of pages must be there.
func mz(b []byte) Kind {
	if len(b) < 64 {
		return Unknown
	}
	at := binary.LittleEndian.Uint32(b[60:])
	switch {
	case at >= 64 && int64(at)+4 <= int64(len(b)) && string(b[at:at+4]) == "PE\x00\x00":
		return PE
	case b[2] > 0x7e || b[3] < 0x20 && binary.LittleEndian.Uint16(b[4:]) > 0:
		return MZ
	}
	return Unknown
}

// bitmap tells a BMP by the size of its second head, which old and new ones agree on.
func bitmap(b []byte) bool {
	if !has(b, 0, "BM") || len(b) < 18 || b[6]|b[7]|b[8]|b[9] != 0 {
		return false
	}
	switch binary.LittleEndian.Uint32(b[14:]) {
	case 12, 16, 40, 52, 56, 64, 108, 124:
		return true
	}
	return false
}

// der knows a few structures of ASN.1: a sequence (X.690) that begins with an object
// identifier of PKCS #7, with the version of PKCS #12, or with the version of a
// certificate.
func der(b []byte) Kind {
	if len(b) < 24 || b[0] != 0x30 {
		return Unknown
	}
	in := inside(b)
	switch {
	case has(in, 0, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"): // 1.2.840.113549.1.7
		return PKCS
	case has(in, 0, "\x02\x01\x03\x30"): // PFX, version 3 (RFC 7292 4)
		return PKCS
	case has(in, 0, "\x0a\x01\x00\xa0"):
		return OCSP
	case hashAlgorithm(in):
		return OCSPAsk
	case len(in) > 0 && in[0] == 0x30 && has(inside(in), 0, "\xa0\x03\x02\x01\x02\x02"):
		return DERCert
	}
	return Unknown
}

// inside is what stands behind the tag and length that b begins with.
func inside(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	n := 2
	if b[1]&0x80 != 0 {
		n += int(b[1] & 0x7f)
	}
	return b[min(n, len(b)):]
}

// hashAlgorithm follows the first certificate that a request asks about down to the
// algorithm of its names.
func hashAlgorithm(b []byte) bool {
	for range 5 {
		if len(b) == 0 || b[0] != 0x30 {
			return false
		}
		b = inside(b)
		if has(b, 0, "\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00") { // SHA-1
			return true
		}
	}
	return false
}

// Runs reports whether content of kind k is a program or a script that a machine may run
// as it is.
func (k Kind) Runs() bool {
	switch k {
	case PE, MZ, ELF, MachO, MachOFat, JavaClass, Dex, Script, Shortcut:
		return true
	}
	return false
}
