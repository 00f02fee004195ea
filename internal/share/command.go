package share

import "lazaret/internal/event"

// Command is the end of every request: who asked for commands gets a record.
func (a *Conn) Command(q *Request, o Outcome) {
	if !a.cmds {
		return
	}
	r := &CmdRecord{Status: o.Status, Argument: q.Text, Version: "SMB2", MID: q.MID, Username: q.User, FileTS: q.TS}
	if q.One {
		r.Version = "SMB1"
	}
	r.Command, r.SubCommand = a.names(q.One, q.Cmd, q.Sub)
	if r.Command == "" {
		return
	}
	if o.Seen {
		r.RTT = event.Interval(a.Flow.Now() - q.TS)
	}
	if t := q.Tree; t != nil {
		r.Tree, r.TreeServ = t.Path, t.Service
	}
	if f := q.File; f != nil {
		if q.One && r.Argument == "" {
			r.Argument = f.Name
		}
		r.FileTS, r.FileName, r.FilePrev = f.TS, f.Name, q.prev
		r.FileSize = uint64(max(f.Size, 0))
		if q.Act != None {
			r.FileAction = f.word(q.Act)
		}
		if f.Tree != nil {
			r.FilePath = f.Tree.Path
		}
		r.Modified, r.Accessed, r.Created, r.Changed = f.Times[Modified], f.Times[Accessed], f.Times[Created], f.Times[Changed]
	}
	a.Flow.Emit(q.TS, r)
}
