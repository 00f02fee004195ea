package conformance

import "lazaret/internal/proto/files"

// zeekFiles is what both say about files that move. The identities that Zeek gives are
// random; the order in which its hash functions are listed too.
func zeekFiles() *speech {
	return &speech{log: "files", keys: []string{"id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "source", "is_orig"},
		fields: fieldsOf(files.Schema, "source", "is_orig", "fuid", "analyzers", "declared_type", "given_up", "refused_bytes", "rewritten",
			"gaps", "pieces", "user", "uids", "executable", "preamble", "tlsh", "family", "kinship", "likeness"),
		same: func(_ string, a, b any) bool { return alike(a, b) }}
}

// zeekPE is what both say about programs of Windows.
func zeekPE() *speech {
	return &speech{log: "pe", keys: []string{"compile_ts"}, fields: fieldsOf(files.PESchema, "id", "is_dll", "imphash", "rich_hash", "section_hashes",
		"section_entropy", "libraries", "export_name", "company", "original_filename", "file_version", "overlay", "partial"),
		same: func(_ string, a, b any) bool { return alike(a, b) }}
}

// Why the records of files differ.
const (
	zFilesElsewhere = "Certificates are records of x509 here, and mail that is fetched by POP3 and files of IRC are not read"
	zFilesMasked    = "A name that may be a person's or a patient's leaves as a keyed mark; of FTP, names on the control connection are the names of the files here"
	zFilesShare     = "The server and the share stand before the path"
	zFilesTFTP      = "Files of TFTP, which Zeek does not look into"
	zFilesShort     = "Text, which Zeek calls so if it begins with ten characters of ASCII: this is shorter, or has a letter of another set among them"
	zFilesTen       = "Zeek calls text what begins with ten characters of ASCII; behind them stand bytes that are none of a text (zeros, those of UTF-16, of a bencoded list)"
	zFilesScript    = "A program in JavaScript behind a comment or a declaration, or in a function: Zeek knows other beginnings"
	zFilesSOAP      = "An envelope of SOAP, behind the declaration of XML"
	zFilesFeed      = "RSS by its element (rss), which Zeek calls Atom"
	zFilesNoJSON    = "Names without quotation marks: no JSON (RFC 8259 4)"
	zFilesTags      = "Elements of HTML or XML that Zeek does not know, or behind a comment"
	zFilesHead      = "The head of a message, which Zeek knows by other first fields"
	zFilesEmptyZip  = "An archive of no files, the end of its directory alone"
	zFilesPart      = "Zeek's depth counts the parts of all messages of the conversation so far, here it is how many parts and messages lie around this one"
	zFilesLineEnd   = "The line end before a delimiter belongs to the delimiter (RFC 2046 5.1.1); Zeek leaves it with some parts"
	zFilesJoined    = "Ranges of one file over several connections are one record, with the connections in uids; Zeek repeats the record for each connection, or has one for each part"
	zFilesSome      = "A part of a file was read or written, or its size is not known: there is no hash of the whole, and more was waited for; Zeek hashes the part, here also what it does not take for a file"
	zFilesSize      = "The declared length is that of the coded content, and says nothing of the file"
	zFilesUnended   = "The end of the content was not seen, or its coding is damaged there: no hash of the whole; Zeek hashes what came"
	zFilesPDU       = "The first and the last byte count when they came; Zeek gives the content of a message of SMB on when all of the message is there"
	zFilesBoth      = "Zeek joins what is read and what is written through one handle in one record; here each direction is a file"
	zFilesTwice     = "A file that is read twice through one handle is one record here"
	zFilesAndX      = "Written in a chain of commands of SMB1, in which Zeek looks at no content"
	zFilesLength    = "How long a file becomes that is written is known when the client says it, or the server when the handle ends; Zeek says it only of files that have a size when they are opened"
	zFilesTimes     = "The first and the last byte count when they came, also behind a hole; Zeek takes what waited behind a hole, and the end of an encoded part or of a message, when it gives it on"
)

// zeekFilesRows explains where the two logs differ.
var zeekFilesRows = []row{
	{nil, "files", "missing", " SSL ", 36, zFilesElsewhere},
	{nil, "files", "missing", "POP3", 11, zFilesElsewhere},
	{nil, "files", "missing", "IRC_DATA", 2, zFilesElsewhere},
	{nil, "files", "extra", " TFTP ", 25, zFilesTFTP},
	{nil, "files", "filename", " FTP_DATA ", 26, zFilesMasked},
	{nil, "files", "filename", " HTTP ", 29, zFilesMasked},
	{nil, "files", "filename", " SMTP ", 4, zFilesMasked},
	{nil, "files", "filename", " SMB ", 82, zFilesShare},
	{[]string{"*smb2-peter-minus-p191*"}, "files", "duration", "theirs 0.00", 26, zFilesBoth},
	{[]string{"*smb2-peter-minus-p191*"}, "files", "ts", "1466111228.988840", 2, zFilesTimes},
	{[]string{"*smb_v2_only_non_zero_reserved1.pcap"}, "files", "duration", " SMB ", 1, zFilesJoined},
	{[]string{"*smb_many_open_files_500*"}, "files", "duration", "ours 0.000661", 1, zFilesTwice},
	{nil, "files", "ts,duration", " SMB ", 85, zFilesPDU},
	{[]string{"*smb-eicar-andx__smbandx.pcap"}, "files", "extra", " SMB ", 1, zFilesAndX},
	{[]string{"zeek__smb__smb2.pcap", "zeek__smb__smb2readwrite.pcap", "*psexec_add_user.pcap"}, "files", "total_bytes", "theirs -", 3, zFilesLength},
	{[]string{"*smb_many_open_files_500*"}, "files", "missing", "1659460971.054028", 1, zFilesTwice},
	{[]string{"*smb_at_schedule.pcap"}, "files", "missing", "atsvc", 1, zSMBPipe},
	{[]string{"*smb2-peter-minus-p191*"}, "files", "md5,sha256,timedout,total_bytes,missing,extra,seen_bytes,missing_bytes", " SMB ", 138, zFilesSome},
	{nil, "files", "mime_type", "theirs -, ours text/plain", 34, zFilesShort},
	{nil, "files", "mime_type", "theirs text/plain, ours -", 4, zFilesTen},
	{nil, "files", "mime_type", "theirs text/plain, ours application/javascript", 26, zFilesScript},
	{nil, "files", "mime_type", "theirs application/xml, ours application/soap+xml", 9, zFilesSOAP},
	{[]string{"try-zeek__manager__static__pcaps__http.pcap"}, "files", "mime_type", "theirs text/atom, ours text/rss", 1, zFilesFeed},
	{[]string{"try-zeek__manager__static__pcaps__http.pcap"}, "files", "mime_type", "theirs text/json, ours text/plain", 1, zFilesNoJSON},
	{[]string{"PcapPlusPlus__example.pcap"}, "files", "mime_type", "theirs text/plain, ours application/xml", 1, zFilesTags},
	{[]string{"*detect-bsize-0.pcap"}, "files", "mime_type", "theirs text/plain, ours text/html", 1, zFilesTags},
	{[]string{"*content-length-in-request-body*", "*smuggle-http-request*"}, "files", "mime_type", "theirs text/plain, ours message/rfc822", 2, zFilesHead},
	{[]string{"*ctu-62604-80.pcap"}, "files", "mime_type", "theirs -, ours application/zip", 1, zFilesEmptyZip},
	{[]string{"zeek__erspan.pcap"}, "files", "mime_type", "theirs -, ours image/png", 2, zHTTPLoss},
	{[]string{"*http-evader-215.pcap"}, "files", "mime_type", "theirs text/plain, ours application/x-gzip", 1, zHTTPBroken},
	{nil, "files", "depth", " SMTP ", 16, zFilesPart},
	{nil, "files", "seen_bytes,md5,sha256", " SMTP ", 15, zFilesLineEnd},
	{nil, "files", "ts,duration", " SMTP ", 4, zFilesTimes},
	{[]string{"*http-range-multiflows*", "*concurrent-range-requests*", "*http2-range*"}, "files", "missing,missing_bytes,seen_bytes,duration,timedout", "", 49, zFilesJoined},
	{[]string{"zeek__erspan.pcap", "zeek__tcp__http-on-irc-*", "*http-gap-*", "*__NTP.pcap"}, "files", "*", " HTTP ", 43, zHTTPLoss},
	{[]string{"*gtp*", "*[Tt]eredo*", "*ayiya*", "*__Tunnels.pcap"}, "files", "missing", "", 14, zHTTPTunnel},
	{[]string{"*socks*", "mercury__emix.pcap"}, "files", "missing", " HTTP ", 6, zHTTPInside},
	{[]string{"nDPI__ssh.pcap", "*http1-noint-status*", "*__IRC.pcap"}, "files", "missing", " HTTP ", 4, zHTTPNone},
	{[]string{"zeek__websocket__*"}, "files", "missing", " HTTP ", 1, zHTTPSocket},
	{[]string{"*http-evader*", "*http-event-chunk*"}, "files", "*", " HTTP ", 31, zHTTPBroken},
	{[]string{"*content-length-in-request-body*", "*smuggle-http-request*"}, "files", "*", " HTTP ", 11, zHTTPSmuggle},
	{nil, "files", "extra", " HTTP ", 1616, zHTTPMiddle},
	{nil, "files", "total_bytes", " HTTP ", 6, zFilesSize},
	{[]string{"*tcp-rst-unacked-stream-*", "*gre-erspan-vxlan.pcap"}, "files", "*", " HTTP ", 10, zHTTPEnd},
	{nil, "files", "md5,sha256", " HTTP ", 12, zFilesUnended},
	{[]string{"*security-8642-swf*", "*http-ooo2*"}, "files", "ts", "", 2, zHTTPZero},
	{nil, "files", "ts,duration", " HTTP ", 7, zFilesTimes},
	{[]string{"zeek__pe__pe.pcap"}, "pe", "missing", "unknown-475", 1, zPEHead},
	{[]string{"*psexec_add_user.pcap"}, "pe", "ts", "", 1, zFilesTimes},
}

// zPEHead says why a program has no record.
const zPEHead = "A program of DOS whose offset of a PE head points at other bytes: Zeek makes a record of what stands there"
