package magic

// media are the media types of kinds, in Zeek's words where it has one.
var media = map[Kind]string{
	Text: "text/plain", DICOM: "application/dicom", DICOMMeta: "application/dicom", PE: "application/x-dosexec", MZ: "application/x-dosexec",
	ELF: "application/x-executable", MachO: "application/x-mach-o-executable", MachOFat: "application/x-mach-o-executable",
	JavaClass: "application/x-java-applet", Wasm: "application/wasm", Dex: "application/vnd.android.dex", Script: "text/x-shellscript",
	Shortcut: "application/x-ms-shortcut", TIFF: "image/tiff", BigTIFF: "image/tiff", JPEG: "image/jpeg", PNG: "image/png", GIF: "image/gif",
	BMP: "image/x-ms-bmp", WebP: "image/webp", JPEG2000: "image/jp2", JPEGLS: "image/jls", JPEGXL: "image/jxl", WAV: "audio/x-wav",
	AVI: "video/x-msvideo", MP4: "video/mp4", MPEG: "video/mpeg", Matroska: "video/x-matroska", PDF: "application/pdf",
	PostScript: "application/postscript", RTF: "text/rtf", OLE: "application/msword", OneNote: "application/onenote", Zip: "application/zip",
	Gzip: "application/x-gzip", Bzip2: "application/x-bzip2", XZ: "application/x-xz", Zstd: "application/zstd", LZ4: "application/x-lz4",
	SevenZip: "application/x-7z-compressed", RAR: "application/x-rar", Cabinet: "application/vnd.ms-cab-compressed", Tar: "application/x-tar",
	VHDX: "application/x-vhdx", SQLite: "application/vnd.sqlite3", NIfTI: "application/x-nifti", PEM: "application/x-pem", PKCS: "application/pkcs7-signature",
	DERCert: "application/x-x509-user-cert", HTML: "text/html", XML: "application/xml", JSON: "text/json", HL7: "application/hl7-v2",
	Email: "message/rfc822", Registry: "application/x-ms-registry-hive", EventLog: "application/x-ms-evtx",
	SOAP: "application/soap+xml", Flash: "application/x-shockwave-flash", Icon: "image/x-icon", WOFF2: "application/font-woff2", MP3: "audio/mpeg",
	Debian: "application/x-debian-package", OCSP: "application/ocsp-response", OCSPAsk: "application/ocsp-request", Signature: "application/pgp-signature",
	JavaScript: "application/javascript", Ini: "text/ini", Feed: "text/rss", Atom: "text/atom", CrossSite: "text/x-cross-domain-policy",
	Jar: "application/java-archive", OpenWord: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	OpenSheet:  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	OpenSlides: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	OASISText:  "application/vnd.oasis.opendocument.text", OASISSheet: "application/vnd.oasis.opendocument.spreadsheet",
	OASISSlide: "application/vnd.oasis.opendocument.presentation",
	Pcap:       "application/vnd.tcpdump.pcap", PcapNG: "application/vnd.tcpdump.pcap",
}

// Media is the media type of a kind, in Zeek's words where Zeek has one; empty for
// Unknown and for what is no kind of a file.
func (k Kind) Media() string { return media[k] }
