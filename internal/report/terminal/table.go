package terminal

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// Table prints columns that fit a width: when they do not, the column that is
// furthest above its floor is narrowed first, and a cell that was cut ends in an
// ellipsis.
type Table struct {
	Head []string
	Rows [][]string
	// Floor is the width below which a column is narrowed only when nothing else
	// is left; 0 or missing is narrowest.
	Floor []int
	// Spare lists columns that may be left out, first the one missed least, when
	// the floors do not fit; Left says which were.
	Spare []int
	Left  []string
}

const (
	gutter    = 2
	narrowest = 6
	smallest  = 3
)

// Add adds a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// widths returns the width of each column; 0 leaves a column out because all of
// its cells are empty.
func (t *Table) widths(total int) []int {
	w := make([]int, len(t.Head))
	for _, row := range t.Rows {
		for i, c := range row {
			w[i] = max(w[i], utf8.RuneCountInString(c))
		}
	}
	sum := -gutter
	for i := range w {
		if w[i] > 0 {
			w[i] = max(w[i], utf8.RuneCountInString(t.Head[i]))
			sum += w[i] + gutter
		}
	}
	sum -= t.leaveOut(w, total)
	for _, pass := range []func(i int) int{t.least, func(int) int { return smallest }} {
		for total > 0 && sum > total {
			widest := -1
			for i := range w {
				if over := w[i] - pass(i); over > 0 && (widest < 0 || over > w[widest]-pass(widest)) {
					widest = i
				}
			}
			if widest < 0 {
				break
			}
			w[widest]--
			sum--
		}
	}
	return w
}

// leaveOut drops spare columns until the floors fit and returns the width gained.
func (t *Table) leaveOut(w []int, total int) (gained int) {
	need := -gutter
	for i := range w {
		if w[i] > 0 {
			need += min(w[i], t.least(i)) + gutter
		}
	}
	for _, i := range t.Spare {
		if total <= 0 || need <= total {
			break
		}
		if w[i] > 0 {
			need -= min(w[i], t.least(i)) + gutter
			gained += w[i] + gutter
			w[i] = 0
			t.Left = append(t.Left, t.Head[i])
		}
	}
	return gained
}

func (t *Table) least(i int) int {
	if i < len(t.Floor) && t.Floor[i] > 0 {
		return t.Floor[i]
	}
	return narrowest
}

// Print writes the table in a width of that many characters, 0 for no limit.
func (t *Table) Print(w io.Writer, total int) error {
	width := t.widths(total)
	var b strings.Builder
	line := func(cells []string) {
		pad := 0
		for i, c := range cells {
			if width[i] == 0 {
				continue
			}
			c = fit(c, width[i])
			b.WriteString(strings.Repeat(" ", pad))
			b.WriteString(c)
			pad = width[i] - utf8.RuneCountInString(c) + gutter
		}
		b.WriteByte('\n')
	}
	line(t.Head)
	for _, r := range t.Rows {
		line(r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fit cuts text to n characters.
func fit(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n-1]) + "…"
}

// Width is the width of the terminal behind w; 0, no limit, when there is none.
func Width(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80
	}
	return n
}

// Wrap breaks text at spaces so that no line is longer than width, 0 for none.
// Lines after the first are indented.
func Wrap(text string, width int) string {
	if width <= 0 {
		return text
	}
	var b strings.Builder
	col := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case col == 0:
		case col+1+n > width:
			b.WriteString("\n  ")
			col = 2
		default:
			b.WriteByte(' ')
			col++
		}
		b.WriteString(word)
		col += n
	}
	return b.String()
}
