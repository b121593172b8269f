Rails.application.routes.draw do
  get "up" => "health#show"
end
