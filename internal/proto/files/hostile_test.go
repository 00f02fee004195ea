package files_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"lazaret/internal/capture"
	"lazaret/internal/proto/files"
	"lazaret/internal/prototest"
)

// answer is what a server says to one request.
func answer(head, body string) []capture.Frame {
	return prototest.Dialogue(80, "C: GET /a HTTP/1.1\r\nHost: h\r\n\r\n",
		fmt.Sprintf("S: HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s", head, len(body), body)).Frames([]int{1448})
}

// TestManyParts has an answer of a hundred thousand parts: a bounded number of records.
func TestManyParts(t *testing.T) {
	got := records(t, answer("Content-Type: multipart/mixed; boundary=b\r\n", strings.Repeat("--b\r\n\r\nx\r\n", 100_000)+"--b--\r\n"))
	if len(got) != 1000 {
		t.Errorf("%d records", len(got))
	}
}

// TestRangeLies has answers that say impossible things of where their bytes belong.
func TestRangeLies(t *testing.T) {
	program := "MZ" + strings.Repeat("\x01", 6000)
	for _, r := range []string{
		"4611686018427387904-4611686018427393905/9223372036854775807", "9223372036854775800-9223372036854775806/*", "0-6001/4611686018427387904",
		"0-18446744073709551615/18446744073709551616", "5-1/3", "-1-5/10", "0-6001/2", "1-2", "0-6001/-5", "1099511627776-1099511633777/1099511633778",
	} {
		for _, rec := range records(t, answer("Content-Range: bytes "+r+"\r\n", program)) {
			f := rec.Body.(*files.Record)
			if f.Seen > uint64(len(program)) || len(f.Content) > len(program) || len(f.Gaps) > 2 {
				t.Errorf("%s: seen %d, kept %d, gaps %v", r, f.Seen, len(f.Content), f.Gaps)
			}
		}
	}
}

// TestManyRanges begins twenty thousand files and ends none.
func TestManyRanges(t *testing.T) {
	var said []string
	for i := 0; i < 20_000; i += 20 {
		in, out := "C: ", "S: "
		for k := range 20 {
			in += fmt.Sprintf("GET /f%d HTTP/1.1\r\nHost: h\r\nRange: bytes=5-9\r\n\r\n", i+k)
			out += "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/1000\r\nContent-Length: 5\r\n\r\nhello"
		}
		said = append(said, in, out)
	}
	all := records(t, prototest.Dialogue(80, said...).Frames(nil))
	shed := 0
	for _, r := range all {
		f := r.Body.(*files.Record)
		if f.GivenUp {
			shed++
		}
		if f.Seen != 5 || !slices.Equal(f.Gaps, []string{"0-4", "10-999"}) || f.SHA256 != "" {
			t.Fatalf("%+v", f)
		}
	}
	if len(all) != 20_000 || shed == 0 {
		t.Errorf("%d records, %d given up", len(all), shed)
	}
}
