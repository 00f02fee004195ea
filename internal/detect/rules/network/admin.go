package network

// by is a way to work on a machine from afar.
type by string

// The ways. Files and procedures of Windows carry programs from host to host; a shell or a
// screen is what people work with.
const (
	byNone   by = ""
	byFiles  by = "smb"
	byCalls  by = "rpc"
	byWinRM  by = "winrm"
	byShell  by = "shell"
	byScreen by = "screen"
)

// wayOf tells by the port which way a conversation is. What is spoken there may be sealed,
// and a port that refused says nothing at all.
func wayOf(port uint16) by {
	switch port {
	case 139, 445:
		return byFiles
	case 135:
		return byCalls
	case 5985, 5986:
		return byWinRM
	case 22, 23:
		return byShell
	case 3389, 4899, 5800, 5900, 5901:
		return byScreen
	}
	return byNone
}

// spreads tells whether a program can be brought and started that way without a person.
func (w by) spreads() bool { return w == byFiles || w == byCalls || w == byWinRM }
