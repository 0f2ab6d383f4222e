
// What the README's example does not: every other command, what is asked, and how there is no answer.
func everything(request *classify.Request) ([]classify.Command, error) {
	says := func(word string) bool { return strings.Contains(request.Text, word) }
	book := classify.Choose("BOOK", 1)
	switch {
	case says("cancel"):
		return []classify.Command{classify.Cancel{}}, nil
	case says("correct"):
		return []classify.Command{book, classify.CorrectSlot{Name: "size", Value: 7, Confidence: 0.25}}, nil
	case says("refuse"):
		return nil, cicerone.Unavailable("the words are away")
	case says("crash"):
		return []classify.Command{classify.Choose(request.Intents[len(request.Text)].Name, 1)}, nil
	case says("told"):
		var context struct{ City string }
		if err := json.Unmarshal(request.Context, &context); err != nil {
			return nil, err
		}
		intent := request.Intents[0]
		told := []string{request.Question, context.City, request.Locale, request.Today, request.TimeZone}
		told = append(told, intent.Description, intent.Examples[0])
		var values []string
		for _, slot := range intent.Slots {
			if slot.Asked {
				told = append(told, slot.Name, slot.Kind)
			}
			values = append(values, slot.Values...)
		}
		told = append(told, strings.Join(values, ","))
		return []classify.Command{book, classify.Set("note", strings.Join(told, "|"))}, nil
	}
	return understand(request)
}
