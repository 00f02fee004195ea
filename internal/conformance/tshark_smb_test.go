package conformance

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lazaret/internal/ntstatus"
	"lazaret/internal/rest"
	"lazaret/internal/smb1"
)

// smbColumns are the fields asked of tshark for commands of SMB.
var smbColumns = []string{
	"smb.cmd", "smb.wct", "smb.mid", "smb.pid", "smb.flags.response", "smb.flags2.nt_error", "smb.nt_status", "smb.error_class", "smb.error_code",
	"smb.trans2.cmd", "smb.nt.function", "smb_pipe.function", "lanman.function_code", "smb.path", "smb.file", "smb.search_pattern",
	"smb2.cmd", "smb2.msg_id", "smb2.flags.response", "smb2.nt_status", "smb2.tree", "smb2.filename", "smb2.ioctl.function",
}

// smbSpeech is what both say about commands of SMB: by conversation, dialect, message
// id and command how many had which status, and, of those that stand alone in a frame,
// which share, name and sub-command they have; by conversation all shares and names.
var smbSpeech = []*speech{
	{log: "smb_command", keys: []string{"key"}, fields: []string{"statuses", "tree", "name", "sub"}, same: sameSMB},
	{log: "smb_names", keys: []string{"key"}, fields: []string{"trees", "names"}, same: sameSMB},
}

// sameSMB wants names and sub-commands of tshark's to be among ours: it does not name
// every handle.
func sameSMB(field string, a, b any) bool {
	if field == "statuses" {
		return alike(a, b)
	}
	x, _ := a.([]string)
	y, _ := b.([]string)
	if strings.HasPrefix(field, "tree") {
		return slices.Equal(x, y)
	}
	return !slices.ContainsFunc(x, func(v string) bool { return !slices.Contains(y, v) })
}

var smb2Commands = []string{"NEGOTIATE_PROTOCOL", "SESSION_SETUP", "LOGOFF", "TREE_CONNECT", "TREE_DISCONNECT", "CREATE", "CLOSE", "FLUSH", "READ", "WRITE",
	"LOCK", "IOCTL", "CANCEL", "ECHO", "QUERY_DIRECTORY", "CHANGE_NOTIFY", "QUERY_INFO", "SET_INFO", "OPLOCK_BREAK"}

// smb2Controls are the control codes (MS-FSCC 2.3, MS-SMB2 2.2.31) in captures.
var smb2Controls = map[string]string{"0x0011c017": "PIPE_TRANSCEIVE", "0x00140204": "VALIDATE_NEGOTIATE_INFO", "0x00060194": "DFS_GET_REFERRALS",
	"0x001401fc": "QUERY_NETWORK_INTERFACE_INFO", "0x00110018": "PIPE_WAIT", "0x000900c0": "CREATE_OR_GET_OBJECT_ID", "0x00140078": "SRV_REQUEST_RESUME_KEY",
	"0x001480f2": "SRV_COPYCHUNK_WRITE", "0x001440f2": "SRV_COPYCHUNK", "0x00144064": "SRV_ENUMERATE_SNAPSHOTS", "0x001401d4": "LMR_REQUEST_RESILIENCY",
	"0x000900a8": "GET_REPARSE_POINT", "0x0011400c": "PIPE_PEEK"}

// smbAsk is a request until it is filed with its status.
type smbAsk struct {
	at, cmd string // its line and command
	tree    string
	names   []string
	sub     string
	status  string // of a transaction, whose answer may have several messages
	crowded bool
}

// smbTalk pairs requests and answers of tshark's.
type smbTalk struct {
	s    *sums
	open map[string]*smbAsk // by conversation, dialect and id
}

// frame takes a frame.
func (t *smbTalk) frame(key string, p packetRow) {
	if p["smb.cmd"] == nil && p["smb2.cmd"] == nil || !strings.HasPrefix(key, "tcp ") {
		return
	}
	t.one(key, p)
	t.two(key, p)
	t.names(key, p)
}

// end files what has no answer.
func (t *smbTalk) end() {
	for _, at := range sortedKeys(t.open) {
		t.file(at, t.open[at].status)
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// names files shares and names by conversation. Names in answers are those of what a
// directory holds.
func (t *smbTalk) names(key string, p packetRow) {
	for _, v := range slices.Concat(p["smb.path"], p["smb2.tree"]) {
		t.s.put("smb_names", key, "trees", smbName(v))
	}
	if !slices.ContainsFunc(slices.Concat(p["smb.flags.response"], p["smb2.flags.response"]), isSet) {
		for _, v := range slices.Concat(p["smb.file"], p["smb2.filename"], p["smb.search_pattern"]) {
			t.s.put("smb_names", key, "names", smbName(v))
		}
	}
}

func isSet(v string) bool { return v == "1" || v == "True" }

// smbName is a name as it would be in a record of ours. Clients begin names with a
// backslash or not.
func smbName(v string) string {
	return strings.TrimLeft(rest.MaskShare(siteMark, strings.ReplaceAll(v, `\\`, `\`)), `\`)
}

// two takes the messages of SMB2 in a frame.
func (t *smbTalk) two(key string, p packetRow) {
	status, crowded := 0, len(p["smb2.cmd"])+len(p["smb.mid"]) > 1
	for i, v := range p["smb2.cmd"] {
		cmd, _ := strconv.Atoi(v)
		id, reply := nthOf(p["smb2.msg_id"], i), isSet(nthOf(p["smb2.flags.response"], i))
		outcome := ""
		if reply {
			outcome = smbStatus(nthOf(p["smb2.nt_status"], status))
			status++
		}
		if cmd >= len(smb2Commands) || cmd == 12 || outcome == "PENDING" || id == "18446744073709551615" {
			continue
		}
		name := smb2Commands[cmd]
		slot := key + " SMB2 " + id
		q := t.open[slot]
		switch {
		case !reply:
			q = t.ask(slot, slot+" "+name, name)
		case q == nil && id == "0" && t.open[key+" SMB1 negotiation"] != nil: // a negotiation of SMB1 is answered in SMB2
			delete(t.open, key+" SMB1 negotiation")
			q = t.ask(slot, slot+" "+name, name)
		case q == nil:
			continue
		}
		q.crowded = q.crowded || crowded
		if !crowded {
			if !reply || name != "TREE_CONNECT" {
				q.know(p.one("smb2.tree"), "", "")
			}
			q.know("", "", smb2Controls[p.one("smb2.ioctl.function")])
			if !reply {
				q.names = append(q.names, p["smb2.filename"]...)
			}
			if code := p.one("smb2.ioctl.function"); q.sub == "" && code != "" {
				q.sub = code
			}
		}
		switch {
		case outcome == "MORE_PROCESSING_REQUIRED":
			delete(t.open, slot)
		case reply:
			t.file(slot, outcome)
		}
	}
}

// one takes the messages of SMB1 in a frame.
func (t *smbTalk) one(key string, p packetRow) {
	cmds, wct := p["smb.cmd"], p["smb.wct"]
	var nt, dos int
	for i, mid := range p["smb.mid"] {
		m := smbOne{t: t, p: p, key: key, mid: mid, pid: nthOf(p["smb.pid"], i), reply: isSet(nthOf(p["smb.flags.response"], i)), crowded: len(p["smb.mid"])+len(p["smb2.cmd"]) > 1}
		if isSet(nthOf(p["smb.flags2.nt_error"], i)) {
			m.status = smbStatus(nthOf(p["smb.nt_status"], nt))
			m.failed = strings.HasPrefix(nthOf(p["smb.nt_status"], nt), "0xc")
			nt++
		} else {
			m.status = dosStatus(nthOf(p["smb.error_class"], dos), nthOf(p["smb.error_code"], dos))
			m.failed = m.status != "SUCCESS"
			dos++
		}
		for len(cmds) > 0 {
			v, words := cmds[0], nthOf(wct, 0)
			cmds, wct = cmds[1:], wct[min(1, len(wct)):]
			n, _ := strconv.ParseUint(v, 0, 8)
			if n == 0xff {
				break
			}
			m.chain = append(m.chain, smb1.Command(n))
			if !slices.Contains([]uint64{0x24, 0x2d, 0x2e, 0x2f, 0x73, 0x74, 0x75, 0xa2}, n) || words == "0" {
				break
			}
			if len(cmds) > 0 && cmds[0] == "0xff" {
				cmds = cmds[1:]
				break
			}
		}
		m.take()
	}
}

// smbOne is one message of SMB1.
type smbOne struct {
	t             *smbTalk
	p             packetRow
	key, mid, pid string
	status        string
	reply, failed bool
	crowded       bool
	chain         []smb1.Command
}

// slot is where the request at a place of the chain waits.
func (m *smbOne) slot(i int) string {
	switch {
	case m.chain[0] == smb1.Negotiate:
		return m.key + " SMB1 negotiation"
	case m.chain[0].Transacts():
		return fmt.Sprint(m.key, " SMB1 transaction ", m.mid, " ", m.pid)
	}
	return fmt.Sprint(m.key, " SMB1 ", m.mid, " ", m.pid, " ", i)
}

func (m *smbOne) take() {
	if len(m.chain) == 0 {
		return
	}
	i := 0
	for n, cmd := range m.chain {
		if i = n; m.reply {
			m.answer(i, cmd)
		} else {
			m.request(i, cmd)
		}
	}
	if !m.reply || !m.failed || m.chain[0] == smb1.Negotiate || m.chain[0].Transacts() {
		return
	}
	for i++; m.t.open[m.slot(i)] != nil; i++ { // what stood behind the one that failed
		m.t.file(m.slot(i), m.status)
	}
}

func (m *smbOne) request(i int, cmd smb1.Command) {
	if cmd == smb1.NTCancel || cmd == smb1.LockingAndX && m.mid == "65535" || cmd != cmd.First() {
		return
	}
	q := m.t.ask(m.slot(i), m.key+" SMB1 "+m.mid+" "+cmd.String(), cmd.String())
	q.crowded = m.crowded || len(m.chain) > 1
	if q.crowded {
		return
	}
	if paths := m.p["smb.path"]; len(paths) > 0 && cmd != smb1.Echo && cmd != smb1.Logoff { // which are of no share
		q.tree = paths[len(paths)-1] // of a request for a share the last; the first is that of the header
	}
	q.know("", m.p.one("smb.file"), "")
	q.know("", m.p.one("smb.search_pattern"), "")
	for c, column := range map[smb1.Command]string{smb1.Transaction: "smb_pipe.function", smb1.Transaction2: "smb.trans2.cmd", smb1.NTTransact: "smb.nt.function"} {
		if n, err := strconv.ParseUint(m.p.one(column), 0, 16); err == nil && c == cmd {
			q.sub = smb1.Sub(c, uint16(n))
		}
	}
	if n, err := strconv.ParseUint(m.p.one("lanman.function_code"), 0, 16); err == nil {
		q.sub = (&smb1.RAP{Function: uint16(n)}).Name()
	}
}

func (m *smbOne) answer(i int, cmd smb1.Command) {
	slot, status := m.slot(i), m.status
	if i < len(m.chain)-1 {
		status = "SUCCESS"
	}
	q := m.t.open[slot]
	switch {
	case cmd == smb1.WriteRaw && !m.failed: // go on, says the server
	case q == nil && slices.Contains([]smb1.Command{smb1.Negotiate, smb1.SessionSetup, smb1.TreeConnectAndX}, cmd):
		q = m.t.ask(slot, m.key+" SMB1 "+m.mid+" "+cmd.String(), cmd.String())
		q.crowded = true
		m.answer(i, cmd)
	case q == nil:
	case cmd == smb1.SessionSetup && status == "MORE_PROCESSING_REQUIRED":
		delete(m.t.open, slot)
	case cmd.Transacts():
		q.crowded = q.crowded || m.crowded
		q.status = status
	default:
		q.crowded = q.crowded || m.crowded
		m.t.file(slot, status)
	}
}

// ask makes a request that waits; one that waited there before had no answer.
func (t *smbTalk) ask(slot, at, cmd string) *smbAsk {
	if q := t.open[slot]; q != nil {
		t.file(slot, q.status)
	}
	q := &smbAsk{at: at, cmd: cmd}
	t.open[slot] = q
	return q
}

func (q *smbAsk) know(tree, name, sub string) {
	if tree != "" {
		q.tree = tree
	}
	if name != "" {
		q.names = append(q.names, name)
	}
	if sub != "" {
		q.sub = sub
	}
}

// file ends a request.
func (t *smbTalk) file(slot, status string) {
	q := t.open[slot]
	delete(t.open, slot)
	if status == "" {
		status = "none"
	}
	l := t.s.at("smb_command", q.at)
	l.tally("statuses", status)
	if q.crowded {
		t.s.crowded[q.at] = true
	}
	l.put("tree", smbName(q.tree))
	l.put("sub", q.sub)
	for _, n := range q.names {
		l.put("name", smbName(n))
	}
}

func nthOf(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return ""
}

func smbStatus(v string) string {
	n, _ := strconv.ParseUint(v, 0, 32)
	return ntstatus.Name(uint32(n))
}

func dosStatus(class, code string) string {
	a, _ := strconv.ParseUint(class, 0, 8)
	b, _ := strconv.ParseUint(code, 0, 16)
	if a == 0 && b == 0 {
		return "SUCCESS"
	}
	return fmt.Sprintf("DOS_%d_%d", a, b)
}

// ourSMB files the commands in our log.
func (s *sums) ourSMB(r *reading, theirs *sums) {
	for _, l := range r.logs["smb_cmd"] {
		_, key, _ := strings.Cut(lineKey(l, "tcp"), " ")
		at := fmt.Sprintf("tcp %s %s %v %s", key, str(l, "version"), plainText(l["mid"]), str(l, "command"))
		out := s.at("smb_command", at)
		status := str(l, "status")
		if status == "" {
			status = "none"
		}
		out.tally("statuses", status)
		tree := str(l, "tree")
		if strings.HasPrefix(str(l, "command"), "TREE_CONNECT") { // which may be refused
			tree = str(l, "argument")
		}
		out.put("tree", strings.TrimLeft(tree, `\`))
		out.put("sub", str(l, "sub_command"))
		s.put("smb_names", "tcp "+key, "trees", strings.TrimLeft(tree, `\`))
		for _, f := range []string{"argument", "referenced_file.name", "referenced_file.prev_name"} {
			if f == "argument" && str(l, "command") == "TRANSACTION" {
				continue // the name of the transaction, which is of no file
			}
			out.put("name", strings.TrimLeft(str(l, f), `\`))
			s.put("smb_names", "tcp "+key, "names", strings.TrimLeft(str(l, f), `\`))
		}
	}
	for _, side := range []*sums{s, theirs} {
		for _, l := range side.logs["smb_command"] {
			if theirs.crowded[str(l, "key")] {
				delete(l, "tree")
				delete(l, "name")
				delete(l, "sub")
			}
		}
	}
}
