// Package share follows what clients have open on file servers, whatever the dialect
// of SMB: sessions, the shares they mapped, and handles of files, pipes and printers;
// and it tells what was done, once the server confirmed it.
//
// The parser of a protocol (internal/proto/smb) gives a Conn, which stands for one
// conversation, each request with Ask, and its answer with Take and the function for
// what the command does: Opened, Carried, Concluded. So every record of smb_files has
// the status of an answer: a refused write is not a write. What was refused, or not
// seen to be answered, goes to smb_tried, a log of its own, so that nobody who counts
// smb_files as Zeek writes it is misled.
//
// Content is not kept. Pieces of files go to who stores files, by offset, and bytes of
// pipes to an inner stream each, as they come; lost bytes within them are told. Names
// must be fit for records when they come here (rest.MaskShare).
//
// Memory: Shared holds the sessions and handles of all conversations of a shard and
// bounds them together; Conn bounds the requests that wait. What has no room is told
// as far as it came, and counted. Standards: MS-SMB2 3.2.1, MS-CIFS 3.2.1; Zeek's logs
// smb_mapping, smb_files and smb_cmd.
package share

// carrier is the name of the protocol whose files these are.
const carrier = "smb"
