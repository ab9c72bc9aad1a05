ANSWER_REQUEST = "helpdesk.answer_request"  # staff: customer service
