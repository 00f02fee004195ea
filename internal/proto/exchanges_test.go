package proto_test

import (
	"fmt"
	"slices"
	"testing"

	"lazaret/internal/proto"
	"lazaret/internal/prototest"
)

// diary is a Reader that notes what it is told.
type diary struct {
	proto.Exchanges[string, *page]
	told []string
	made int
}

func (d *diary) Begin(e *proto.Entity) *string {
	s := fmt.Sprint(e.Seq, e.Asker(), ":")
	return &s
}
func (d *diary) Head(x *string, e *proto.Entity) { *x += e.Type }
func (d *diary) NewBody() *page                  { d.made++; return &page{} }
func (d *diary) Tell(x *string)                  { d.told = append(d.told, *x) }

// page is the content of one direction.
type page struct{ x *string }

func (p *page) Open(_ *proto.Entity, x *string) { p.x = x }
func (p *page) Content(b []byte)                { *p.x += string(b) }
func (p *page) Lost(n int)                      { *p.x += fmt.Sprint(-n) }
func (p *page) Close(whole bool)                { *p.x += fmt.Sprint(whole) }
func (*page) Held() int                         { return 1000 }

// TestExchanges answers the second of two questions first, then asks more than may wait.
func TestExchanges(t *testing.T) {
	f := prototest.NewFlow()
	d := &diary{}
	d.Exchanges = proto.NewExchanges(f, d, 2, "too_many")
	say := func(seq int, response bool, typ, body string, lost int) {
		e := &proto.Entity{Seq: seq, Response: response, Type: typ, Length: int64(len(body))}
		if response {
			e.Dir = proto.Resp
		}
		d.Open(e)
		d.Content(e, []byte(body))
		if lost > 0 {
			d.Lost(e, lost)
		}
		d.Close(e, lost == 0)
	}
	say(1, false, "get ", "", 0)
	if d.made != 0 || d.HeldBy(10) != 10 {
		t.Errorf("%d bodies for no content, %d bytes held", d.made, d.HeldBy(10))
	}
	say(2, false, "post ", "ab ", 3)
	say(2, true, " ok ", "cd ", 0)
	for i := range 3 {
		say(3+i, false, "get ", "", 0)
	}
	d.Yield()
	if d.HeldBy(10) != 20 || len(slices.Collect(d.All())) != 2 {
		t.Errorf("%d bytes held by two exchanges of ten", d.HeldBy(10))
	}
	d.Finish()
	want := []string{"2 0:post ab -3false ok cd true", "1 0:get ", "3 0:get true", "4 0:get true", "5 0:get true"}
	if !slices.Equal(d.told, want) || !slices.Equal(f.Weirds, []string{"too_many"}) {
		t.Errorf("told %q, weirds %v", d.told, f.Weirds)
	}
}
