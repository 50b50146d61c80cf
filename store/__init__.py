"""The only room that speaks SQL: tables, the unit of work, one query module a subject."""
