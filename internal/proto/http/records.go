package http

import "lazaret/internal/event"

// Exchange is the record of a request with its answer, or of one of the two if
// the other was not seen. Fields without a tag are for other packages and are not
// logged.
type Exchange struct {
	Depth        int         `log:"trans_depth,always" doc:"Number of the exchange within the conversation, from 1"`
	Method       string      `log:"method" doc:"Method of the request (RFC 9110 9)"`
	Host         string      `log:"host" doc:"Host field"`
	URI          string      `log:"uri" doc:"Target of the request, percent-encoding undone; in clinical interfaces, behind keys that name a person, and where they look like identifiers, values are short keyed marks (~ and 16 hex digits); passwords and sessions are left out" class:"pseudo"`
	Referrer     string      `log:"referrer" doc:"Referer field, treated as uri" class:"pseudo"`
	Version      string      `log:"version" doc:"Version of the answer"`
	UserAgent    string      `log:"user_agent" doc:"User-Agent field"`
	Origin       string      `log:"origin" doc:"Origin field"`
	RequestLen   uint64      `log:"request_body_len,always" doc:"Bytes of the content of the request, content coding undone"`
	ResponseLen  uint64      `log:"response_body_len,always" doc:"Bytes of the content of the answer, content coding undone; of gzip content that nobody takes it is what its trailer says, of other coded content the bytes on the wire"`
	Status       event.Count `log:"status_code" doc:"Status code of the answer"`
	StatusMsg    string      `log:"status_msg" doc:"Reason phrase; <empty> if the line ends behind the code, ~ if it has words that are none of protocols, which may tell of anything"`
	InfoCode     event.Count `log:"info_code" doc:"Status code of the last interim answer (1xx)"`
	InfoMsg      string      `log:"info_msg" doc:"Its reason phrase"`
	Username     string      `log:"username" doc:"User of Basic credentials (RFC 7617), a mark if it is a number of six digits or more; the password is never kept" class:"person"`
	Proxied      []string    `log:"proxied" doc:"Headers of the request that a proxy adds, as NAME -> value; at most 16"`
	ClientNames  []string    `log:"client_header_names" doc:"Names of the header fields of the request, in order, upper case; at most 100"`
	ServerNames  []string    `log:"server_header_names" doc:"Names of the header fields of the last answer, in order, upper case; at most 100"`
	Server       string      `log:"server" doc:"Server field"`
	PoweredBy    string      `log:"powered_by" doc:"X-Powered-By field"`
	Realm        string      `log:"realm" doc:"Realm for which the answer asks for credentials (RFC 9110 11.5)"`
	RequestType  string      `log:"request_content_type" doc:"Content-Type of the request as declared, without names of files"`
	ResponseType string      `log:"response_content_type" doc:"Content-Type of the answer as declared, without names of files"`
	Upgrade      string      `log:"upgrade" doc:"Protocol that the conversation changed to (101), or tunnel behind a granted CONNECT"`

	// Basic tells that the request carried Basic credentials.
	Basic bool
	// Reversed tells that the responder of the connection sent the request.
	Reversed bool
	// Relayed tells that the answer came through a proxy (Via), so that its
	// fields speak of another machine.
	Relayed bool
}

// Schema of the http log.
var Schema = event.NewSchema[Exchange]("http", "One HTTP request with its answer")

// Schema implements event.Payload.
func (*Exchange) Schema() *event.Schema { return Schema }
